import type { Said } from '#vault/index.ts';

/** What the thread is made of: a day's name, the place where unread words begin, the place where a new key came in, and what was said. */
export type Row =
	| { what: 'day'; key: string; at: number }
	| { what: 'new'; key: string }
	| { what: 'key'; key: string; pid: string }
	| { what: 'said'; key: string; said: Said };

/** `items` in order; `unreadFrom` is the seq of the first unread message. Days by this device's calendar. */
export function rowsOf(items: readonly Said[], unreadFrom: number | null): Row[] {
	const rows: Row[] = [];
	let day = '';
	for (const said of items) {
		const its = new Date(said.at).toDateString();
		if (its !== day) rows.push({ what: 'day', key: `day ${its} ${said.key}`, at: said.at });
		if (unreadFrom !== null && said.seq === unreadFrom) rows.push({ what: 'new', key: 'new' });
		rows.push(said.newKey === undefined ? { what: 'said', key: said.key, said } : { what: 'key', key: said.key, pid: said.newKey });
		day = its;
	}
	return rows;
}

/** Drawn in one go with all that stands around the thread: a screen. More comes by itself, and the page answers between one go and the next. */
const FIRST = 12;
const PAGE = 20;
const MOST = 240;
const BEFORE_UNREAD = 4;

/** What is drawn of a long thread: so many messages up to the one named `last`, or up to the newest. */
export interface Drawn {
	many: number;
	last: string | null;
}

/** Drawn first: the newest screen, or the one where unread words begin. */
export function firstDrawn(items: readonly Said[], unreadFrom: number | null): Drawn {
	const unreadAt = unreadFrom === null ? -1 : items.findIndex(({ seq }) => seq === unreadFrom);
	const start = Math.max(0, unreadAt - BEFORE_UNREAD);
	return unreadAt < 0 || start + FIRST >= items.length ? { many: FIRST, last: null } : upTo(items, start, start + FIRST);
}

/** Places of the first that is drawn and of the one after the last. */
export function spanOf(items: readonly Said[], { many, last }: Drawn): { start: number; end: number } {
	const at = last === null ? -1 : items.findLastIndex(({ key }) => key === last);
	const end = at < 0 ? items.length : at + 1;
	return { start: Math.max(0, end - many), end };
}

/** A page more towards the beginning; the newest give way where there would be too many. */
export function olderDrawn(items: readonly Said[], drawn: Drawn): Drawn {
	const { start, end } = spanOf(items, drawn);
	const first = Math.max(0, start - PAGE);
	return upTo(items, first, Math.min(end, first + MOST));
}

/** A page more towards the newest; the oldest give way. */
export function newerDrawn(items: readonly Said[], drawn: Drawn): Drawn {
	const { start, end } = spanOf(items, drawn);
	const after = Math.min(items.length, end + PAGE);
	return upTo(items, Math.max(start, after - MOST), after);
}

function upTo(items: readonly Said[], start: number, end: number): Drawn {
	return { many: end - start, last: end === items.length ? null : (items[end - 1]?.key ?? null) };
}
