/** Files (contract/protocol.md 8): padded, cut into chunks, each sealed in its place, one root over all. */
import { concat } from './encoding.ts';
import { hash, labelled, sha256 } from './primitives.ts';
import { demand, refuse } from './refusals.ts';
import type { Bytes } from './types.ts';

const CHUNK = 65_536;
const LEAST = 1024;

/** Padmé, by arithmetic: at most 12 % longer. */
export function paddedSize(size: number): number {
  const least = Math.max(size, LEAST);
  const exponent = Math.floor(Math.log2(least));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(least / step) * step;
}

function nonce(at: number, count: number): Bytes {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(7, at);
  bytes[11] = at === count - 1 ? 1 : 0;
  return bytes;
}

const params = (blob: Bytes, at: number, count: number): AesGcmParams =>
  ({ name: 'AES-GCM', iv: nonce(at, count), additionalData: labelled('blob', blob) });

const cipher = (key: Bytes, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> => crypto.subtle.importKey('raw', key, 'AES-GCM', false, [use]);

/** The sealed chunks. `blob` (16 bytes) and `key` (32) are random, for this one file only. */
export async function sealFile(data: Bytes, { blob, key }: { blob: Bytes; key: Bytes }): Promise<Bytes[]> {
  const padded = new Uint8Array(paddedSize(data.length));
  padded.set(data);
  const sealing = await cipher(key, 'encrypt');
  const count = Math.ceil(padded.length / CHUNK);
  const chunks = Array.from({ length: count }, (_, at) => padded.slice(at * CHUNK, (at + 1) * CHUNK));
  return Promise.all(chunks.map(async (chunk, at) => new Uint8Array(await crypto.subtle.encrypt(params(blob, at, count), sealing, chunk))));
}

export async function rootOf(chunks: Bytes[], blob: Bytes): Promise<Bytes> {
  return hash('blob root', blob, concat(...(await Promise.all(chunks.map(sha256)))));
}

/** The file, of its true size; refused (`altered`) if a chunk, their order or their number is not as its item says. */
export async function openFile(chunks: Bytes[], { blob, key, size, root }: { blob: Bytes; key: Bytes; size: number; root: Bytes }): Promise<Bytes> {
  const found = await rootOf(chunks, blob);
  demand(found.every((byte, at) => byte === root[at]), 'altered', 'not the file that was named');
  const opening = await cipher(key, 'decrypt');
  const parts = chunks.map((chunk, at) => crypto.subtle.decrypt(params(blob, at, chunks.length), opening, chunk));
  const plain = await Promise.all(parts).catch(() => refuse('altered', 'a part of the file is damaged'));
  return concat(...plain.map((part) => new Uint8Array(part))).slice(0, size);
}
