import { createSubscriber } from 'svelte/reactivity';

/** Tells markup that something changed: `watch()` in a getter, `tell()` after a change. Works in plain modules, and without a screen. */
export class Change {
	#update: (() => void) | null = null;
	readonly watch: () => void = createSubscriber((update) => {
		this.#update = update;
		return () => {
			this.#update = null;
		};
	});

	tell(): void {
		this.#update?.();
	}
}
