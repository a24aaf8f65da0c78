import type { Bytes, Crypto } from '#crypto/types.ts';
import type { Store } from './store.ts';

/** Things that only this device keeps, sealed under its own key; by name, as JSON. */
export class Local {
	readonly #crypto: Crypto;
	readonly #store: Store;
	readonly device: Bytes;

	constructor(crypto: Crypto, store: Store, device: Bytes) {
		this.#crypto = crypto;
		this.#store = store;
		this.device = device;
	}

	async recall<T>(name: string): Promise<T | null> {
		const sealed = await this.#store.sealed(name);
		return sealed && this.open<T>(name, sealed);
	}

	async keep(name: string, value: unknown): Promise<void> {
		await this.#store.keepSealed(name, value === null ? null : await this.seal(name, value));
	}

	seal(name: string, value: unknown): Promise<Bytes> {
		return this.#crypto.sealLocal(this.device, name, new TextEncoder().encode(JSON.stringify(value)));
	}

	async open<T>(name: string, sealed: Bytes): Promise<T> {
		const plain = await this.#crypto.openLocal(this.device, name, sealed);
		return JSON.parse(new TextDecoder().decode(plain)) as T;
	}
}
