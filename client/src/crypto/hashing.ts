/** SHA-256 by WebAssembly, which only the worker may compile. From a file of its own, so that it is not fetched with Argon2id. */
import sha256 from 'hash-wasm/dist/sha256.umd.min.js';
import { exact } from './encoding.ts';
import type { Bytes } from './types.ts';

export async function startHashing(): Promise<(bytes: Bytes) => Bytes> {
  const hasher = await sha256.createSHA256();
  return (bytes) => exact(hasher.init().update(bytes).digest('binary'));
}
