/** What tabs of one browser tell each other. */
export type Word = 'opened' | 'locked' | 'signed-out' | 'kept' | 'outbox' | 'drafts' | 'active';

/** The other tabs of this browser, and the one lock that decides which of them sends. */
export class Tabs {
	#channel: BroadcastChannel | null = null;
	#release: (() => void) | null = null;

	listen(hear: (word: Word) => void): void {
		this.#channel = new BroadcastChannel('attune');
		this.#channel.onmessage = (event) => hear(event.data as Word);
	}

	tell(word: Word): void {
		this.#channel?.postMessage(word);
	}

	/** What this tab alone keeps over a reload, a link on its way for one, goes. */
	forget(): void {
		sessionStorage.clear();
	}

	/** Calls `lead` once this tab holds the lock; until `yieldLead`, no other tab does. */
	askToLead(lead: () => void): void {
		const given = new AbortController();
		let release = (): void => given.abort();
		this.#release = () => release();
		const held = navigator.locks.request('attune-send', { signal: given.signal }, () => {
			lead();
			return new Promise<void>((resolve) => (release = resolve));
		});
		held.catch((cause: unknown) => {
			if (!given.signal.aborted) throw cause;
		});
	}

	yieldLead(): void {
		this.#release?.();
		this.#release = null;
	}
}
