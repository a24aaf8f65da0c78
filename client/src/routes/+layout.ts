import { language, speak } from '#i18n/language.svelte.ts';
import { need } from '#i18n/words.svelte.ts';
import { drawTheme } from '#design/theme.svelte.ts';

export const ssr = false;
export const prerender = false;

export const load = async () => {
	drawTheme();
	await need('house');
	speak(language());
};
