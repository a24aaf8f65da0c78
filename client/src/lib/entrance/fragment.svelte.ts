import type { Closed } from '#vault/index.ts';

/** What stands behind the # of these links is a secret. */
const DOORS = ['i', 'r', 's', 'set-up'];
const KEPT = 'attune.link';

/** A link that was followed. Once it has opened its door, or is known to open none, its secret is gone and only that is left. */
interface Followed {
	door: string;
	secret: string;
	closed: Closed | null;
}

let held = $state.raw<Followed | null>(null);

const doorHere = (): string => location.pathname.split('/').at(-1) ?? '';

function take(): void {
	const door = doorHere();
	if (location.hash.length < 2 || !DOORS.includes(door)) return;
	hold({ door, secret: location.hash.slice(1), closed: null });
	history.replaceState(history.state, '', location.pathname + location.search);
}

/**
 * Before anything else runs: out of the address, and so of the browser's history. From here on it is in this page's memory and, so that a reload
 * finds it, in this tab's own store, until it has opened its door, is known to open none, another link is followed, or somebody leaves or locks.
 */
export function takeFragments(): void {
	take();
	if (!held) recall();
	addEventListener('hashchange', take);
}

/** Without #. */
export const fragment = (): string => held?.secret ?? '';

/** Why the link that stood here opens nothing, null if it may still open. */
export const known = (): Closed | null => held?.closed ?? null;

/** The link has done what it can: it opened its door, or `closed` says why it opens none. Its secret goes. */
export function letGo(closed: Closed | null = null): void {
	hold(held && closed && { door: held.door, secret: '', closed });
}

/** Loads the page anew, as the link was followed. */
export function followAgain(): void {
	if (held) history.replaceState(history.state, '', `#${held.secret}`);
	location.reload();
}

function hold(next: Followed | null): void {
	held = next;
	const store = storeOfTab();
	if (next) store?.setItem(KEPT, JSON.stringify(next));
	else store?.removeItem(KEPT);
}

function recall(): void {
	const kept = storeOfTab()?.getItem(KEPT);
	const found = kept ? (JSON.parse(kept) as Followed) : null;
	if (found?.door === doorHere()) held = found;
}

/** Null where the browser keeps nothing for this page: then a reload asks for the link again. */
function storeOfTab(): Storage | null {
	try {
		return sessionStorage;
	} catch {
		return null;
	}
}
