import { language, locale, type Language } from './language.svelte.ts';
import { daysFromNow, hourOfDay, yearOf } from './days.ts';
import { formatFor } from './formats.ts';
import { localeOf } from './region.ts';
import { area } from './words.svelte.ts';

// Days and hours as people say them. Reactive to the language; `ms` is Unix time, a zone is an IANA name, the device's own if left out.
// Where a text begins with a day it is written with a capital (`day`, `dayName`, `dayAndHour`); inside a sentence use `when`.
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NO_BREAK = '\u00a0';

const t = area('house');

/** 18:30, 6:30 pm, 18 h 30, ٦:٣٠ م. */
export function hour(ms: number, zone?: string, tongue: Language = language()): string {
	const options: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit', ...at(zone) };
	if (tongue !== 'fr') return formatFor(ms, tag(tongue), options).format(ms).replace(/\s/g, NO_BREAK);
	const parts = formatFor(ms, tag(tongue), { ...options, hourCycle: 'h23' }).formatToParts(ms);
	const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
	const minutes = part('minute') === '00' ? '' : `${NO_BREAK}${part('minute')}`;
	return `${Number(part('hour'))}${NO_BREAK}h${minutes}`;
}

/** Thursday 15 October; the year only when it is another one. */
export function day(ms: number, zone?: string): string {
	return capital(dayIn(language(), ms, zone));
}

/** For paper, which is read in another year: 15 October 2026. */
export function date(ms: number): string {
	return formatFor(ms, tag(language()), { day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
}

/** Inside a sentence: "Friday 18:00" within six days, else "Friday 16 October, 18:00". Another language than the page's for texts that are sent. */
export function when(ms: number, now: number = Date.now(), tongue: Language = language()): string {
	if (Math.abs(daysFromNow(ms, now)) < 7) return `${weekdayIn(tongue, ms)} ${hour(ms, undefined, tongue)}`;
	return `${dayIn(tongue, ms)}${tongue === 'ar' ? '،' : ','} ${hour(ms, undefined, tongue)}`;
}

/** The hour alone if it is today, else as `when`. */
export function soon(ms: number, now: number = Date.now()): string {
	return daysFromNow(ms, now) === 0 ? hour(ms) : when(ms, now);
}

/** Today, tomorrow, yesterday, a weekday of the coming six days, else the date. */
export function dayName(ms: number, now: number = Date.now()): string {
	const away = daysFromNow(ms, now);
	if (away === 0) return t('today_at');
	if (away === 1) return t('tomorrow');
	if (away === -1) return t('yesterday');
	return away > 1 && away < 7 ? capital(weekdayIn(language(), ms)) : day(ms);
}

/** Large, for what is to come: tonight, in French this morning or this afternoon, else as `dayName`. */
export function partOfDay(ms: number, now: number = Date.now()): string {
	if (daysFromNow(ms, now) !== 0) return dayName(ms, now);
	const hour = hourOfDay(ms);
	return t(hour >= 18 ? 'tonight' : hour >= 12 ? 'this_afternoon' : 'this_morning');
}

/** "Thursday, 18:30", "Yesterday, 21:14". */
export function dayAndHour(ms: number, now: number = Date.now()): string {
	return t('day_and_hour', { day: dayName(ms, now), hour: hour(ms) });
}

/** Inside a sentence, of what was: "Tuesday at 9:12". */
export function moment(ms: number, now: number = Date.now()): string {
	const tongue = language();
	const day = Math.abs(daysFromNow(ms, now)) < 7 ? weekdayIn(tongue, ms) : dayIn(tongue, ms);
	return t('day_at_hour', { day, hour: hour(ms) });
}

/** For lists: the hour today, else the day. */
export function shortly(ms: number, now: number = Date.now()): string {
	return daysFromNow(ms, now) === 0 ? hour(ms) : dayName(ms, now);
}

/** "In 2 days and 3 hours", two measures at most; "" once it is now. */
export function left(ms: number, now: number = Date.now()): string {
	if (ms <= now) return '';
	const [one = '', two] = measures(Math.ceil((ms - now) / MINUTE));
	return two ? t('in_two', { first: one, second: two }) : t('in_one', { first: one });
}

/** "1 hour and 5 minutes": how far a clock is off, either way. */
export function minutesOff(ms: number): string {
	const [one = '', two] = measures(Math.max(1, Math.round(Math.abs(ms) / MINUTE)));
	return two ? t('and', { first: one, second: two }) : one;
}

function measures(minutes: number): string[] {
	const days = Math.floor((minutes * MINUTE) / DAY);
	const hours = Math.floor(minutes / 60) % 24;
	const rest = days > 0 ? 0 : minutes % 60;
	const counted: [number, 'days' | 'hours' | 'minutes'][] = [[days, 'days'], [hours, 'hours'], [rest, 'minutes']];
	return counted.filter(([n]) => n > 0).map(([n, unit]) => t(unit, { n })).slice(0, 2);
}

function dayIn(tongue: Language, ms: number, zone?: string): string {
	const year = yearOf(ms) === yearOf(Date.now()) ? {} : ({ year: 'numeric' } as const);
	const text = formatFor(ms, tag(tongue), { weekday: 'long', day: 'numeric', month: 'long', ...year, ...at(zone) }).format(ms);
	return tongue === 'fr' ? text.replace(/ 1 /, ' 1er ') : text;
}

function weekdayIn(tongue: Language, ms: number): string {
	return formatFor(ms, tag(tongue), { weekday: 'long' }).format(ms);
}

function tag(tongue: Language): string {
	return tongue === language() ? locale() : localeOf(tongue);
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function at(zone: string | undefined): Intl.DateTimeFormatOptions {
	return zone ? { timeZone: zone } : {};
}
