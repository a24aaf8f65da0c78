import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { alarmKey, faultKey } from './alarms.ts';

const words = (language: string): Record<string, string> =>
	JSON.parse(readFileSync(new URL(`../../i18n/messages/${language}/talk.json`, import.meta.url), 'utf8')) as Record<string, string>;
const SEEN = ['newer', 'rollback', 'fork', 'shut', 'replay', 'gap', 'order', 'withheld', 'dropped', 'old-epoch', 'rights', 'altered', 'bad-signature', 'malformed'];

test('what somebody wrote who was not allowed to is told apart from what was altered on the way', () => {
	expect(alarmKey('rights')).toBe('alarm_rights');
	expect(alarmKey('not-a-member')).toBe('alarm_rights');
	expect(alarmKey('bad-signature')).toBe('alarm_altered');
});

test('only what a signature does not fit is called altered, and only a gap missing', () => {
	expect(alarmKey('malformed')).toBe('alarm_unlike');
	expect(alarmKey('closed')).toBe('alarm_unlike');
	expect(alarmKey('old-epoch')).toBe('alarm_misplaced');
	expect(alarmKey('order')).toBe('alarm_missing');
});

test.each(['en', 'fr', 'ar'])('every alarm and fault has its sentence in %s', (language) => {
	for (const code of SEEN) expect(words(language)[alarmKey(code)], code).toBeTruthy();
	for (const fault of ['key', 'no-key'] as const) for (const mine of [true, false]) expect(words(language)[faultKey(fault, mine)], fault).toBeTruthy();
	expect(words(language)['alarm_key']).toBeTruthy();
});
