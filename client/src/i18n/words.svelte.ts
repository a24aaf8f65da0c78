import format, { type CompiledMessage } from 'icu-minify/format';
import { flat, joined } from './joining.ts';
import { addressed, keepLanguage, language, locale, speak, type Language } from './language.svelte.ts';

/** One entry per file of `messages/en/`; the keys of an area are those of its English file. */
interface Areas {
	house: typeof import('./messages/en/house.json');
	entrance: typeof import('./messages/en/entrance.json');
	home: typeof import('./messages/en/home.json');
	people: typeof import('./messages/en/people.json');
	calendar: typeof import('./messages/en/calendar.json');
	you: typeof import('./messages/en/you.json');
	keys: typeof import('./messages/en/keys.json');
	talk: typeof import('./messages/en/talk.json');
	meeting: typeof import('./messages/en/meeting.json');
	notes: typeof import('./messages/en/notes.json');
	safety: typeof import('./messages/en/safety.json');
	giving: typeof import('./messages/en/giving.json');
	knock: typeof import('./messages/en/knock.json');
	zones: typeof import('./messages/en/zones.json');
}
export type Area = keyof Areas;
export type Key<A extends Area> = keyof Areas[A] & string;
export type Values = Record<string, string | number>;
type File = Record<string, CompiledMessage>;

const files = import.meta.glob<File>('./messages/*/*.json', { import: 'default' });
const loaded = $state.raw<{ words: Partial<Record<`${Language}/${Area}`, File>> }>({ words: {} });

/** Load the areas that a page speaks with, in the present language. Called by each `+page.ts`, so that nothing is drawn without its words. */
export async function need(...areas: Area[]): Promise<void> {
	await load(language(), areas);
}

/** The words of one area: `const t = area('talk')`, then `t('send')` or `t('queued', { n: 3 })` in markup. Reactive to a change of language. */
export function area<A extends Area>(name: A): (key: Key<A>, values?: Values) => string {
	return (key, values) => say(language(), name, key, values);
}

/** Whether an area has words for this key, in the page's language. */
export function knows(name: Area, key: string): boolean {
	return loaded.words[`${language()}/${name}`]?.[key] !== undefined;
}

/** Change the language without leaving the page: what was typed stays. Kept in this browser. */
export async function useLanguage(next: Language): Promise<void> {
	const areas = Object.keys(loaded.words).map((path) => path.split('/')[1] as Area);
	await load(next, areas.filter((name, place) => areas.indexOf(name) === place));
	keepLanguage(next);
	speak(next);
}

/** A message of another language than the page's, for a text that goes to somebody else. */
export async function wordsOf<A extends Area>(tongue: Language, name: A): Promise<(key: Key<A>, values?: Values) => string> {
	await load(tongue, [name]);
	return (key, values) => say(tongue, name, key, values);
}

async function load(tongue: Language, areas: readonly Area[]): Promise<void> {
	const missing = areas.filter((name) => !loaded.words[`${tongue}/${name}`]);
	const fresh = await Promise.all(missing.map(async (name) => [`${tongue}/${name}`, await file(tongue, name)] as const));
	if (fresh.length > 0) loaded.words = { ...loaded.words, ...Object.fromEntries(fresh) };
}

function file(tongue: Language, name: Area): Promise<File> {
	const fetch = files[`./messages/${tongue}/${name}.json`];
	if (!fetch) throw new Error(`no messages/${tongue}/${name}.json`);
	return fetch();
}

function say(tongue: Language, name: Area, key: string, values: Values = {}): string {
	const message = loaded.words[`${tongue}/${name}`]?.[key];
	if (message === undefined) throw new Error(`“${key}” of ${tongue}/${name} is not here: name its area in need(…) of the page`);
	return joined(format(message, locale(), { you: addressed(), they: 'n', ...flat(values) }, { formatters }) as string, tongue);
}

const formatters = {
	getNumberFormat: (tag: Intl.LocalesArgument, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(tag, options),
	getPluralRules: (tag: Intl.LocalesArgument, options?: Intl.PluralRulesOptions) => new Intl.PluralRules(tag, options),
	getDateTimeFormat: (tag: Intl.LocalesArgument, options?: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(tag, options)
};
