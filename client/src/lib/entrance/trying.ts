const EVERY = 5_000;

/** A door that could not be looked at is tried anew by itself, every few seconds and as soon as the browser is online. Gives the way to stop. */
export function keepTrying(again: () => void): () => void {
	const timer = setInterval(again, EVERY);
	addEventListener('online', again);
	return () => {
		clearInterval(timer);
		removeEventListener('online', again);
	};
}
