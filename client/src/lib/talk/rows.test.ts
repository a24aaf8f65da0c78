import { expect, test } from 'vitest';
import type { Said } from '#vault/index.ts';
import { firstPage, olderPage, rowsOf } from './rows.ts';

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

test('a long thread begins with one page, or with all that is unread', () => {
	const items = Array.from({ length: 500 }, (_, index) => said(index + 1, at(11, 9)));
	expect(firstPage(items, null)).toBe(60);
	expect(firstPage(items, 301)).toBe(208);
	expect(firstPage(items, 499)).toBe(60);
	expect(olderPage(60)).toBe(120);
});
