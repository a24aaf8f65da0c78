import { takeFragments } from '#lib/entrance/fragment.svelte.ts';

// This module runs before the router starts, which would keep the whole address.
takeFragments();
