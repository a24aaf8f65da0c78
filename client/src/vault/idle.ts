const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
const TOLD_EVERY = 10_000;

/** Watches for a person who has gone away from an open screen. */
export class Idle {
	#after: number | null = null;
	#last = Date.now();
	#told = 0;
	#holds = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	readonly #gone: () => void;
	readonly #here: () => void;

	/** `gone` after the time without a sign; `here` now and then while there are signs, for the other tabs. */
	constructor(gone: () => void, here: () => void) {
		this.#gone = gone;
		this.#here = here;
	}

	/** Null: never. */
	start(after: number | null): void {
		this.stop();
		this.#after = after;
		if (after === null) return;
		for (const sign of SIGNS) addEventListener(sign, this.#sign, { passive: true, capture: true });
		this.active();
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#after = null;
		for (const sign of SIGNS) removeEventListener(sign, this.#sign, { capture: true });
	}

	/** A call, or words being read aloud: nobody is away. */
	hold(): () => void {
		this.#holds++;
		return () => {
			this.#holds--;
			this.active();
		};
	}

	active(): void {
		this.#last = Date.now();
		if (this.#after !== null && this.#timer === undefined) this.#wait(this.#after);
	}

	#wait(time: number): void {
		this.#timer = setTimeout(() => this.#look(), time);
	}

	#look(): void {
		this.#timer = undefined;
		if (this.#after === null) return;
		const left = this.#last + this.#after - Date.now();
		if (this.#holds > 0) this.#wait(this.#after);
		else if (left > 0) this.#wait(left);
		else this.#gone();
	}

	readonly #sign = (): void => {
		this.active();
		if (Date.now() - this.#told < TOLD_EVERY) return;
		this.#told = Date.now();
		this.#here();
	};
}
