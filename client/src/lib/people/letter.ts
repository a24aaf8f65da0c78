import { LANGUAGES, type Language } from '#i18n/language.svelte.ts';
import { when } from '#i18n/time.svelte.ts';
import { wordsOf } from '#i18n/words.svelte.ts';

export const TONGUES: Record<(typeof LANGUAGES)[number], string> = { en: 'English', fr: 'Français', ar: 'العربيّة' };
export type Letter = (invitation: { name: string; link: string; expires: number }) => string;

/** The text that goes with a link, in the language of whoever gets it. */
export async function letterIn(tongue: Language): Promise<Letter> {
	const words = await wordsOf(tongue, 'people');
	return ({ name, link, expires }) => {
		const plain = words('letter', { name, link, until: when(expires, Date.now(), tongue) });
		// Isolates keep a line in order on this page; in somebody else's messenger they would be letters nobody asked for.
		return plain.replace(/[\u2068\u2069]/g, '');
	};
}
