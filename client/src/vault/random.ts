import type { Bytes } from '#crypto/types.ts';

export function random(size: number): Bytes {
	return crypto.getRandomValues(new Uint8Array(size));
}
