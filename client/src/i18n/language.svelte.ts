import { keepChoice, recallChoice } from './choices.ts';
import { localeHere } from './region.ts';

export const LANGUAGES = ['en', 'fr', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];
/** How a person asked to be addressed: neutral, feminine, masculine. */
export type Form = 'n' | 'f' | 'm';

/** Figures of Arabic running text: ١٢٣ or 123. Codes and telephone numbers are always 123. */
export type Digits = 'arab' | 'latn';

const KEPT = 'attune.language';
const KEPT_DIGITS = 'attune.digits';

function wanted(): Language {
	const kept = recallChoice(KEPT);
	const asked = typeof navigator === 'undefined' ? [] : navigator.languages.map((tag) => tag.slice(0, 2));
	return [kept, ...asked].find(isLanguage) ?? 'en';
}

export function isLanguage(tag: string | null | undefined): tag is Language {
	return LANGUAGES.includes(tag as Language);
}

function wantedDigits(): Digits | null {
	const kept = recallChoice(KEPT_DIGITS);
	return kept === 'arab' || kept === 'latn' ? kept : null;
}

const chosen = $state({ language: wanted(), digits: wantedDigits(), you: 'n' as Form });

/** The language of this page, reactive. */
export function language(): Language {
	return chosen.language;
}

/** The tag that Intl is given: language, region, Gregorian calendar. */
export function locale(): string {
	const tag = localeHere(chosen.language);
	return chosen.language === 'ar' && chosen.digits ? `${tag}-nu-${chosen.digits}` : tag;
}

/** Those of the region until chosen otherwise. */
export function digits(): Digits {
	return new Intl.NumberFormat(locale()).resolvedOptions().numberingSystem === 'arab' ? 'arab' : 'latn';
}

export function chooseDigits(next: Digits): void {
	keepChoice(KEPT_DIGITS, next);
	chosen.digits = next;
}

export function direction(of: Language = chosen.language): 'rtl' | 'ltr' {
	return of === 'ar' ? 'rtl' : 'ltr';
}

/** The form in which the person at this device is spoken to. */
export function addressed(): Form {
	return chosen.you;
}

export function address(form: Form): void {
	chosen.you = form;
}

/** Set by `useLanguage` only, once the words of the new language are here. */
export function speak(next: Language): void {
	chosen.language = next;
	document.documentElement.lang = next;
	document.documentElement.dir = direction(next);
}

export function keepLanguage(next: Language): void {
	keepChoice(KEPT, next);
}

/** The vault's 0 none, 1 feminine, 2 masculine. */
export function formOf(code: 0 | 1 | 2): Form {
	return code === 1 ? 'f' : code === 2 ? 'm' : 'n';
}
