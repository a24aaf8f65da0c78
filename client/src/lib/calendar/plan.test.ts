import { expect, test } from 'vitest';
import { startOf, suggestion } from './plan.ts';

test('a day and a time make a moment on this clock', () => {
	expect(startOf('2026-10-15', '18:30')).toBe(new Date(2026, 9, 15, 18, 30).getTime());
	expect(startOf('', '18:30')).toBeNaN();
});

test('what is suggested is a full hour, at least an hour away', () => {
	const { day, time } = suggestion(new Date(2026, 9, 15, 22, 40).getTime());
	expect([day, time]).toEqual(['2026-10-16', '00:00']);
});
