import { expect, test } from 'vitest';
import { isLogin, judge, suggestLogin } from './passphrase.ts';

const six = ['copper', 'lantern', 'tidy', 'moth', 'river', 'eleven'];

test('the six words, as shown or as a phone keyboard writes them', () => {
	expect(judge('copper lantern tidy moth river eleven', six)).toBe('drawn');
	expect(judge('  Copper lantern  tidy moth river eleven ', six)).toBe('drawn');
});

test('five of the six, or the six in another order, are a slip', () => {
	expect(judge('copper lantern tidy moth river', six)).toBe('not-the-six');
	expect(judge('lantern copper tidy moth river eleven', six)).toBe('not-the-six');
});

test('own words need sixteen characters, as the protocol asks, counted as people count', () => {
	expect(judge('نافذة وكرسيّان وبحر', six)).toBe('own');
	expect(judge('two chairs', six)).toBe('too-short');
	expect(judge('fifteen letters', six)).toBe('too-short');
	expect(judge('sixteen letters ', six)).toBe('too-short');
	expect(judge('two chairs, a flat', [])).toBe('own');
});

test('a sign-in name is suggested from a name', () => {
	expect(suggestLogin('Noor Haddad')).toBe('noor-haddad');
	expect(suggestLogin('Éloïse')).toBe('eloise');
	expect(suggestLogin('نور')).toBe('practice');
	expect(isLogin('noor-haddad')).toBe(true);
	expect(isLogin('no')).toBe(false);
	expect(isLogin('Noor')).toBe(false);
});
