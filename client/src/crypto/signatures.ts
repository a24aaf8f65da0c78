/**
 * Whether signatures fit (contract/protocol.md 1, 2). Browsers check one in a seventh of a millisecond, on the thread that asks: those of a long
 * log are shared out among all threads there are.
 */
import { exact, littleEndian, toText } from './encoding.ts';
import type { Bytes } from './types.ts';

/** What `key` (32 bytes) is said to have signed; `sig` is 64 bytes. */
export interface Signed { key: Bytes; sig: Bytes; bytes: Bytes }
/** Another thread: its answers in order, or null if it is not there. */
export type Helper = (all: Signed[]) => Promise<boolean[] | null>;

export const P = 2n ** 255n - 19n;
const TOP_BIT = 2n ** 255n;
/** Below this, handing over takes longer than checking. */
const WORTH_SHARING = 100;
/** low-order points of edwards25519 by y, beside 0, 1 and p-1 */
const SMALL_Y = ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'];

export function fromLittleEndianHex(hex: string): bigint {
  return littleEndian(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

const badY = new Set([0n, 1n, P - 1n, ...SMALL_Y.map(fromLittleEndianHex)]);
/** The highest bytes of all that is refused: where another one stands, there is nothing to compute. */
const badTops = new Set([...badY].map((y) => Number(y >> 248n)));

/** Whether 32 bytes are a canonical point of full order, as far as y tells (the sign bit is ignored). */
export function isGoodPoint(bytes: Uint8Array): boolean {
  if (!badTops.has((bytes[31] ?? 0) & 0x7f)) return true;
  const y = littleEndian(bytes) % TOP_BIT;
  return y < P && !badY.has(y);
}

const verifiers = new Map<string, Promise<CryptoKey>>();

function verifier(signPk: Bytes): Promise<CryptoKey> {
  const name = toText(signPk);
  const key = verifiers.get(name) ?? crypto.subtle.importKey('raw', exact(signPk), 'Ed25519', true, ['verify']);
  verifiers.set(name, key);
  return key;
}

/** By the strict rules. Never throws. */
export async function isSigned({ key, sig, bytes }: Signed): Promise<boolean> {
  if (key.length !== 32 || sig.length !== 64 || !isGoodPoint(key) || !isGoodPoint(sig.subarray(0, 32))) return false;
  try {
    return await crypto.subtle.verify('Ed25519', await verifier(key), sig, bytes);
  } catch {
    return false; // a key that is no point of the curve
  }
}

const here = (all: Signed[]): Promise<boolean[]> => Promise.all(all.map(isSigned));
let helpers: Helper[] = [];

export function shareWith(others: Helper[]): void {
  helpers = others;
}

/** What a helper is not there for is checked here. */
async function shared(help: Helper, all: Signed[]): Promise<boolean[]> {
  const answers = await help(all);
  return answers?.length === all.length ? answers : here(all);
}

/** One answer for each, in order. */
export async function areSigned(all: Signed[]): Promise<boolean[]> {
  if (all.length < WORTH_SHARING) return here(all);
  const size = Math.ceil(all.length / (helpers.length + 1));
  const away = helpers.map((help, at) => shared(help, all.slice((at + 1) * size, (at + 2) * size)));
  return [await here(all.slice(0, size)), ...(await Promise.all(away))].flat();
}
