import { expect, test } from 'vitest';
import type { Appointment } from '#vault/index.ts';
import { ajar, dayOf, isOpen, nextOf, span } from './hour.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const noon = new Date(2026, 9, 13, 12).getTime();
const at = (starts_at: number, state: Appointment['state'] = 'planned'): Appointment => ({
	id: String(starts_at), space: 's', starts_at, minutes: 50, way: 'video', label: '', state, began_at: null, ended_at: null, waiting: [], link: null, knocks: []
});

test('the next session is the first that is not over, cancelled or ended', () => {
	const all = [at(noon + 2 * HOUR), at(noon + HOUR, 'cancelled'), at(noon - 40 * MINUTE), at(noon - 5 * HOUR)];
	expect(nextOf(all, noon)?.starts_at).toBe(noon - 40 * MINUTE);
	expect(nextOf([at(noon - HOUR, 'ended')], noon)).toBeUndefined();
});

test('the door opens ten minutes before, and stays open', () => {
	expect(isOpen(at(noon + 10 * MINUTE), noon)).toBe(true);
	expect(isOpen(at(noon + 11 * MINUTE), noon)).toBe(false);
	expect([undefined, at(noon + 48 * HOUR), at(noon + 50 * MINUTE), at(noon + MINUTE)].map((one) => ajar(one, noon))).toEqual([0, 0.2, 0.34, 0.72]);
});

test('the line of the day holds today alone and spans at least eight hours', () => {
	const today = dayOf([at(noon + 9 * HOUR), at(noon - 3 * HOUR, 'ended'), at(noon + 30 * HOUR)], noon);
	expect(today.map((one) => one.starts_at)).toEqual([noon - 3 * HOUR, noon + 9 * HOUR]);
	expect(span(today)).toEqual({ from: noon - 3 * HOUR, hours: 14 });
	expect(span([at(noon)]).hours).toBe(8);
});
