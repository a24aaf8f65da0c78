/**
 * A word outside the store: `here`, somebody was open in this browser; `forgotten`, she was forgotten by her own hand. It names nobody and opens nothing.
 * A browser that clears the store of a page it seldom sees may leave it, and so may leave the session's cookie: either says that something is gone.
 */
export type Trace = 'here' | 'forgotten';
const NAME = 'attune.trace';

export function rememberWho(trace: Trace): void {
	traces()?.setItem(NAME, trace);
}

export function traceLeft(): Trace | null {
	return (traces()?.getItem(NAME) ?? null) as Trace | null;
}

function traces(): Storage | null {
	try {
		return typeof localStorage === 'undefined' ? null : localStorage;
	} catch {
		return null;
	}
}
