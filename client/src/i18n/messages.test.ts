import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileMessage } from './compile.ts';

const folder = new URL('./messages/', import.meta.url);
const areas = readdirSync(new URL('en/', folder));
const read = (language: string, area: string): Record<string, string> => JSON.parse(readFileSync(new URL(`${language}/${area}`, folder), 'utf8'));
const PLURALS = { en: ['one', 'other'], fr: ['one', 'other'], ar: ['one', 'two', 'few', 'many', 'other'] };
const SELECT = 1;
const PLURAL = 2;
const word = (words: string): RegExp => new RegExp(`(?<!\\p{L})(?:${words})(?!\\p{L})`, 'iu');
/** Words that label people, blame them, or promise what nobody can measure. */
const AVOIDED = {
	en: word(
		'users?|patients?|subjects?|log in|invalid|failed|errors?|oops|denied|no-show|dropout|compliance|crisis|disorder|battle|suffer|struggle|just(?! now)|simply|easy|' +
			'secured?|bank-level|guaranteed|tokens?|credentials?|hash|payload|terminate|abort|kill|trigger|can’t|he or she|sorry|please'
	),
	fr: word(
		'utilisateurs?|utilisatrices?|patiente?s?|usagers?|pathologie|crises?|échec|erreurs?|invalides?|interdite?s?|lutter|sécurisée?s?|cryptée?s?|identifiants?|jetons?|' +
			'digital|veuillez|n’hésitez pas|malheureusement|désolée?s?|chambre|salle(?! d’attente)|mot de passe|enregistrer|\\p{L}+[·(]e?s?[)]?'
	),
	ar: /مستخدم|مريض|عميل|اضطراب|نوبة|أزمة|فشل|خطأ|غير صالح|مرفوض|ممنوع|محاربة|معاناة|مضمون|رقابة|اعتراف|وسيط|إيصال|يُرجى|الرجاء|نأسف|عذرًا|حضرتك|كلمة المرور|تسجيل الدخول|مساحة|لائحة|مشغّل/
};
/** What both languages happen to write alike. */
const SAME_IN_FRENCH = ['Attune', 'Invitation', 'Invitations', 'Notes', 'Minute', '{n, plural, one {# minute} other {# minutes}}', '{handshake}, {cipher}', '{day}, {hour}', '{n, plural, other {#}}'];
const LATIN_IN_ARABIC = /attune-set-up-link|attune set-up-link|Attune|https|\{[^{}]*,|\{\w+\}|\b(?:zero|one|two|few|many|other|[fmn]|yes|plural|select) \{/g;

/** Given by the page itself: how the reader, and how the other, asked to be addressed. */
const BY_ITSELF = ['you', 'they'];

interface Argument {
	name: string;
	type: unknown;
	branches: Record<string, unknown>;
}

/** Every {value}, plural and select of a message, however deep. */
function placed(message: unknown): Argument[] {
	if (!Array.isArray(message)) return [];
	const [name, type, branches = {}] = message;
	const isArgument = typeof name === 'string' && (message.length === 1 || type === SELECT || type === PLURAL) && !/\s|[\u2068\u2069]/.test(name);
	const inner = isArgument ? Object.values(branches as object) : message;
	return [...(isArgument ? [{ name, type, branches: branches as Record<string, unknown> }] : []), ...inner.flatMap(placed)];
}
const values = (message: string): Argument[] => [compileMessage(message)].flat().flatMap(placed);
const names = (message: string): Set<string> => new Set(values(message).map(({ name }) => name).filter((name) => !BY_ITSELF.includes(name)));

describe.each(areas)('%s', (area) => {
	const english = read('en', area);

	test.each(['fr', 'ar'])('%s has the keys of English, no more and no fewer', (language) => {
		expect(Object.keys(read(language, area)).sort()).toEqual(Object.keys(english).sort());
	});

	test.each(['fr', 'ar'])('%s asks for no value that English does not give', (language) => {
		for (const [key, message] of Object.entries(read(language, area))) {
			const unknown = [...names(message)].filter((name) => !names(english[key] ?? '').has(name));
			expect(unknown, `${language} ${key}`).toEqual([]);
		}
	});

	test.each(['en', 'fr', 'ar'] as const)('%s compiles, speaks quietly and knows its plurals', (language) => {
		for (const [key, message] of Object.entries(read(language, area))) {
			expect(() => compileMessage(message), key).not.toThrow();
			expect(message, `${language} ${key}`).not.toMatch(/[!…'"]|\.\.\./);
			for (const { type, branches } of values(message)) {
				const keys = Object.keys(branches);
				if (type === PLURAL && keys.length > 1) expect(keys, key).toEqual(expect.arrayContaining(PLURALS[language]));
				if (type === SELECT) expect(keys, `${key}: the neutral form always exists`).toContain('other');
			}
		}
	});

	test('French spaces: narrow before ; and ?, no-break before : and inside « »', () => {
		for (const [key, message] of Object.entries(read('fr', area))) {
			expect(message, key).not.toMatch(/[^\u202f][;?]|[^\u00a0]:(?!\/)|«[^\u00a0]|[^\u00a0]»/);
		}
	});

	test.each(['en', 'fr', 'ar'] as const)('%s keeps clear of the words of forms, of clinics and of blame', (language) => {
		for (const [key, message] of Object.entries(read(language, area))) {
			expect(message.match(AVOIDED[language])?.[0], `${language} ${key}`).toBeUndefined();
		}
	});

	test('nothing stayed English on the way', () => {
		if (area === 'zones.json') return;
		for (const [key, message] of Object.entries(read('fr', area))) {
			if (message === english[key]) expect(SAME_IN_FRENCH, `fr ${key}`).toContain(message);
		}
		for (const [key, message] of Object.entries(read('ar', area))) {
			expect(message.replace(LATIN_IN_ARABIC, '').match(/[a-z]{2,}/i)?.[0], `ar ${key}`).toBeUndefined();
		}
	});

	test('the feminine stands only where she asked for it, and a name is joined by whoever knows its script', () => {
		for (const [key, message] of Object.entries(read('ar', area))) {
			if (/[تك]\u0650(?!\p{L})/u.test(message)) expect(message, key).toContain('select, f {');
			expect(message, key).not.toMatch(/[لب]ـ(?!\u00a0)/);
			expect(message, `${key}: shadda`).not.toMatch(/(?<!\p{L})ثم(?![\p{L}\p{M}])|(?<!\p{L})كل(?![\p{L}\p{M}])|إلا(?![\p{L}\p{M}])/u);
		}
	});

	test('Arabic marks: no Latin comma, semicolon or question mark', () => {
		for (const [key, message] of Object.entries(read('ar', area))) {
			expect(message.replace(/\{n, plural,|\{\w+, (select|plural),/g, ''), key).not.toMatch(/[,;?]/);
		}
	});
});

test('a value stands in an isolate, wherever it is', () => {
	expect(compileMessage('Hello {name}')).toEqual(['Hello ', '\u2068', ['name'], '\u2069']);
	expect(JSON.stringify(compileMessage('{n, plural, one {# for {name}} other {x}}'))).toContain('"\u2068",["name"],"\u2069"');
	expect(() => compileMessage('{day, date, short}')).toThrow('neither');
});
