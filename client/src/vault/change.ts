import { createSubscriber } from 'svelte/reactivity';

/**
 * Tells markup what changed: a getter reads a field, `tell()` follows every change, and only what reads a field with another value runs again.
 * Works in plain modules, and without a screen.
 */
export class Change {
	readonly #fields: Field<unknown>[] = [];

	/** The way to read it: reactive, and the same object as before as long as nothing in it has changed. */
	field<T>(read: () => T): () => T {
		const field = new Field(read);
		this.#fields.push(field);
		return () => field.value;
	}

	tell(): void {
		for (const field of this.#fields) field.tell();
	}
}

class Field<T> {
	readonly #read: () => T;
	readonly #watch: () => void;
	#last: T | undefined;
	#told: T | undefined;
	#update: (() => void) | null = null;

	constructor(read: () => T) {
		this.#read = read;
		this.#watch = createSubscriber((update) => {
			this.#told = this.#fresh();
			this.#update = update;
			return () => {
				this.#update = null;
			};
		});
	}

	get value(): T {
		this.#watch();
		return this.#fresh();
	}

	tell(): void {
		if (!this.#update) return;
		const now = this.#fresh();
		if (Object.is(now, this.#told)) return;
		this.#told = now;
		this.#update();
	}

	#fresh(): T {
		const now = this.#read();
		if (this.#last === undefined || !alike(now, this.#last)) this.#last = now;
		return this.#last;
	}
}

/** The same, or a list or plain object of the same things. */
function alike(a: unknown, b: unknown): boolean {
	if (Object.is(a, b)) return true;
	if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false;
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value));
}
