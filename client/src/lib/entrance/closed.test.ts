import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { closedKeys, maySoonOpen, setUpDoor } from './closed.ts';

const words = (language: string): Record<string, string> =>
	JSON.parse(readFileSync(new URL(`../../i18n/messages/${language}/entrance.json`, import.meta.url), 'utf8')) as Record<string, string>;
const CODES = ['torn', 'unknown', 'used', 'expired', 'revoked', 'tampered', 'holds-person', 'unreachable', 'throttled', 'newer', 'http-503'];

test.each(['en', 'fr', 'ar'])('every way a link can be closed has its sentences in %s', (language) => {
	for (const code of CODES)
		for (const at of [null, 1]) for (const key of Object.values(closedKeys({ code, at }))) expect(words(language)[key], key).toBeTruthy();
});

test('a link that was only not looked at is not called a bad one, and may be tried again', () => {
	for (const code of ['throttled', 'unreachable', 'http-503']) {
		expect(closedKeys({ code, at: null }).title).not.toBe('closed_unknown');
		expect(maySoonOpen({ code, at: null })).toBe(true);
	}
	expect(closedKeys({ code: 'throttled', at: 5 }).title).toBe('closed_throttled');
	expect(maySoonOpen({ code: 'used', at: 5 })).toBe(false);
});

test('a set-up link is called used only by a server that answered', () => {
	const token = 'x'.repeat(32);
	expect(setUpDoor(token, null)).toBe('unreachable');
	expect(setUpDoor(token, true)).toBe('open');
	expect(setUpDoor(token, false)).toBe('used');
	expect(setUpDoor('cut', null)).toBe('torn');
});
