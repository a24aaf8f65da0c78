/** Where the region of a language comes from: the browser, else the clock's place, else nothing. Bare `ar` would give Gulf months and Western figures to everybody. */
const ARABIC_PLACES: Record<string, string> = {
	'Asia/Beirut': 'LB', 'Asia/Damascus': 'SY', 'Asia/Amman': 'JO', 'Asia/Hebron': 'PS', 'Asia/Gaza': 'PS', 'Asia/Jerusalem': 'PS', 'Asia/Baghdad': 'IQ',
	'Asia/Riyadh': 'SA', 'Asia/Kuwait': 'KW', 'Asia/Qatar': 'QA', 'Asia/Bahrain': 'BH', 'Asia/Dubai': 'AE', 'Asia/Muscat': 'OM', 'Asia/Aden': 'YE',
	'Africa/Cairo': 'EG', 'Africa/Khartoum': 'SD', 'Africa/Tripoli': 'LY', 'Africa/Tunis': 'TN', 'Africa/Algiers': 'DZ', 'Africa/Casablanca': 'MA'
};

/** Turn 'ar' into e.g. 'ar-LB-u-ca-gregory'. */
export function localeOf(language: string, tags: readonly string[] = browserTags(), zone: string = timeZone()): string {
	const tag = tags.find((one) => one.startsWith(`${language}-`) && /-[A-Z]{2}\b/.test(one));
	const region = tag ? /-([A-Z]{2})\b/.exec(tag)?.[1] : fallback(language, zone);
	return `${language}${region ? `-${region}` : ''}-u-ca-gregory`;
}

const here = new Map<string, string>();

/** In this browser. Asked for with each word that is drawn, so the browser is asked once. */
export function localeHere(language: string): string {
	const tag = here.get(language) ?? localeOf(language);
	here.set(language, tag);
	return tag;
}

export function timeZone(): string {
	return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function fallback(language: string, zone: string): string | undefined {
	if (language === 'ar') return ARABIC_PLACES[zone] ?? 'LB';
	return language === 'en' ? 'GB' : 'FR';
}

function browserTags(): readonly string[] {
	return typeof navigator === 'undefined' ? [] : navigator.languages;
}
