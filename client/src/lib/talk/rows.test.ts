import { expect, test } from 'vitest';
import type { Said } from '#vault/index.ts';
import { firstDrawn, newerDrawn, olderDrawn, rowsOf, spanOf, type Drawn } from './rows.ts';

const at = (day: number, hour: number): number => new Date(2026, 9, day, hour).getTime();
const said = (seq: number, when: number): Said => ({
	key: `k${seq}`, iid: `k${seq}`, seq, mine: false, at: when, state: 'said', text: `words ${seq}`, fault: null, why: null
});

test('a day stands before its first words', () => {
	const rows = rowsOf([said(1, at(11, 9)), said(2, at(11, 22)), said(3, at(12, 8))], null);
	expect(rows.map(({ what }) => what)).toEqual(['day', 'said', 'said', 'day', 'said']);
});

test('the unread place stands once, after the name of its day', () => {
	const rows = rowsOf([said(1, at(11, 9)), said(2, at(12, 8)), said(3, at(12, 9))], 2);
	expect(rows.map(({ what }) => what)).toEqual(['day', 'said', 'day', 'new', 'said', 'said']);
});

test('a day that comes back after another is named again, under a key of its own', () => {
	const rows = rowsOf([said(1, at(11, 9)), said(2, at(12, 9)), said(3, at(11, 10))], null);
	const keys = rows.map(({ key }) => key);
	expect(new Set(keys).size).toBe(keys.length);
});

const items = Array.from({ length: 500 }, (_, index) => said(index + 1, at(11, 9)));
const drawn = (given: Drawn, of = items) => {
	const { start, end } = spanOf(of, given);
	return [start, end];
};

test('a long thread begins with its newest screen, or with the one where unread words begin', () => {
	expect(drawn(firstDrawn(items, null))).toEqual([488, 500]);
	expect(drawn(firstDrawn(items, 301))).toEqual([296, 308]);
	expect(drawn(firstDrawn(items, 3))).toEqual([0, 12]);
	expect(drawn(firstDrawn(items, 499))).toEqual([488, 500]);
	expect(firstDrawn(items, 499).last).toBeNull();
	expect(drawn(firstDrawn([], null), [])).toEqual([0, 0]);
});

test('going back draws a page at a time, never too many, and comes to the beginning; going on comes to the newest', () => {
	let window = firstDrawn(items, null);
	const seen = [drawn(window)];
	while (spanOf(items, window).start > 0) seen.push(drawn((window = olderDrawn(items, window))));
	expect(seen.slice(0, 3)).toEqual([[488, 500], [468, 500], [448, 500]]);
	expect(seen.slice(10, 14)).toEqual([[288, 500], [268, 500], [248, 488], [228, 468]]);
	expect(seen.at(-1)).toEqual([0, 240]);
	while (window.last !== null) {
		window = newerDrawn(items, window);
		const [start = 0, end = 0] = drawn(window);
		expect(end - start).toBeLessThanOrEqual(240);
	}
	expect(drawn(window)).toEqual([260, 500]);
});

test('what comes in front or at the end moves nothing that is drawn, unless the newest are', () => {
	let back = firstDrawn(items, null);
	for (let pages = 0; pages < 14; pages++) back = olderDrawn(items, back);
	const more = [...Array.from({ length: 60 }, (_, index) => said(index - 59, at(10, 9))), ...items, said(501, at(12, 9))];
	expect(drawn(back)).toEqual([208, 448]);
	expect(drawn(back, more)).toEqual([268, 508]);
	expect(drawn(firstDrawn(items, null), more)).toEqual([549, 561]);
});
