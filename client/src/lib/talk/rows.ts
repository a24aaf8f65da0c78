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

const PAGE = 60;
const BEFORE_UNREAD = 8;

/** How many of the newest messages to draw first: a page, or back to where unread ones begin. */
export function firstPage(items: readonly Said[], unreadFrom: number | null): number {
	const unreadAt = unreadFrom === null ? -1 : items.findIndex(({ seq }) => seq === unreadFrom);
	return unreadAt < 0 ? PAGE : Math.max(PAGE, items.length - unreadAt + BEFORE_UNREAD);
}

export const olderPage = (drawn: number): number => drawn + PAGE;
