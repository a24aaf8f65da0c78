/** A page that is loaded anew asks before the browser has given up its claim. */
const PATIENCE = 1_000;

/**
 * One tab of a browser is in a session at a time: two would stand in each other's way at the other's end.
 * Gives what lets go of it, or null where another tab is in it. `take` takes it from that tab, which is told by its `lost`.
 */
export async function claim(session: string, of: { take: boolean; lost: () => void }): Promise<(() => void) | null> {
	const claimed = Promise.withResolvers<(() => void) | null>();
	const held = Promise.withResolvers<undefined>();
	const wish: LockOptions = of.take ? { steal: true } : { signal: AbortSignal.timeout(PATIENCE) };
	const over = navigator.locks.request(`attune.session.${session}`, wish, () => {
		claimed.resolve(() => held.resolve(undefined));
		return held.promise;
	});
	over.catch(() => {
		claimed.resolve(null);
		of.lost();
	});
	return claimed.promise;
}
