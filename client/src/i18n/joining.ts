import type { Language } from './language.svelte.ts';

// How a value stands in the words around it. A value in a message stands between U+2068 and U+2069, an isolate.
const ISOLATES = /[\u2068\u2069]/g;
/** French: de, que before a vowel. An h is left alone: only its name knows whether it is silent. */
const ELIDED = /(^|\s)(d|qu)e \u2068(?=[aeiouœæàâäéèêëîïôöùûü]|y[^aeiou])/giu;
/** de Le Caire is du Caire. */
const CONTRACTED = /(^|\s)de \u2068Le /gu;
/** Arabic: لـ stands apart before figures and Latin, and is written as one before Arabic; not before an article, which would change. */
const FOR = /لـ\u00a0\u2068(?!ال)(?=[\u0621-\u064a])/gu;

/** Texts given as values, without isolates of their own: one that began with an isolate would show no direction. */
export function flat<Value extends string | number>(values: Record<string, Value>): Record<string, string | Value> {
	return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value.replace(ISOLATES, '') : value]));
}

/** d’Alma, qu’Alma, du Caire; لنور for لـ نور. */
export function joined(text: string, language: Language): string {
	if (language === 'fr') return text.replace(ELIDED, '$1$2’\u2068').replace(CONTRACTED, '$1du \u2068');
	return language === 'ar' ? text.replace(FOR, '\u2068ل') : text;
}
