import { need } from '#i18n/words.svelte.ts';

export const load = () => need('home', 'talk');
