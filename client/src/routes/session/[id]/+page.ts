import { need } from '#i18n/words.svelte.ts';

export const load = () => need('meeting', 'talk', 'calendar', 'safety', 'knock', 'giving', 'home', 'notes');
