/** Which keys and signatures are good (contract/protocol.md 2): libraries disagree about weak ones, so they are refused before use. */
import { exact, littleEndian, toText, type Value } from './encoding.ts';
import { demand } from './refusals.ts';
import { hash, labelled } from './primitives.ts';
import type { Bytes, Card, Pid } from './types.ts';

const P = 2n ** 255n - 19n;
const TOP_BIT = 2n ** 255n;
/** low-order points of edwards25519 by y, and of curve25519 by u, beside 0, 1 and p-1 */
const SMALL_Y = ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'];
const SMALL_U = ['e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'];
const ML_KEM = 1152;
const RECV_PK = 1216;
const Q = 3329;

function fromLittleEndianHex(hex: string): bigint {
  return littleEndian(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

const badY = new Set([0n, 1n, P - 1n, ...SMALL_Y.map(fromLittleEndianHex)]);
/** The highest bytes of all that is refused: where another one stands, there is nothing to compute. */
const badTops = new Set([...badY].map((y) => Number(y >> 248n)));
const badU = new Set([0n, 1n, P - 1n, ...SMALL_U.map(fromLittleEndianHex)]);

/** Whether 32 bytes are a canonical point of full order, as far as y tells (the sign bit is ignored). */
function isGoodPoint(bytes: Bytes): boolean {
  if (!badTops.has((bytes[31] ?? 0) & 0x7f)) return true;
  const y = littleEndian(bytes) % TOP_BIT;
  return y < P && !badY.has(y);
}

function coefficientsFit(bytes: Bytes): boolean {
  for (let at = 0; at < ML_KEM; at += 3) {
    const low = bytes[at] ?? 0;
    const middle = bytes[at + 1] ?? 0;
    const high = bytes[at + 2] ?? 0;
    if (low + (middle % 16) * 256 >= Q || Math.floor(middle / 16) + high * 16 >= Q) return false;
  }
  return true;
}

/** Refuses (`weak-key`) what no honest device makes, or what nobody could wrap for. */
export function checkCard({ sign_pk, recv_pk }: Card): void {
  demand(sign_pk.length === 32 && isGoodPoint(sign_pk), 'weak-key', 'signing key');
  demand(recv_pk.length === RECV_PK && coefficientsFit(recv_pk), 'weak-key', 'receiving key');
  const u = littleEndian(recv_pk.subarray(ML_KEM + 32));
  demand(u < P && !badU.has(u), 'weak-key', 'receiving key');
}

const pids = new Map<string, Pid>();

/** The name of a person: the hash of the keys. */
export async function pidOf({ sign_pk, recv_pk }: Card): Promise<Pid> {
  const key = toText(sign_pk) + toText(recv_pk);
  const known = pids.get(key) ?? toText(await hash('person', sign_pk, recv_pk));
  pids.set(key, known);
  return known;
}

const verifiers = new Map<string, Promise<CryptoKey>>();

function verifier(signPk: Bytes): Promise<CryptoKey> {
  const name = toText(signPk);
  const key = verifiers.get(name) ?? crypto.subtle.importKey('raw', exact(signPk), 'Ed25519', true, ['verify']);
  verifiers.set(name, key);
  return key;
}

/** Whether `sig` (64 bytes) by `signPk` fits E(L(name), values...), by the strict rules. Never throws. */
export async function verify(signPk: Bytes, sig: Bytes, name: string, ...values: Value[]): Promise<boolean> {
  if (signPk.length !== 32 || sig.length !== 64 || !isGoodPoint(signPk) || !isGoodPoint(exact(sig.slice(0, 32)))) return false;
  try {
    return await crypto.subtle.verify('Ed25519', await verifier(signPk), sig, labelled(name, ...values));
  } catch {
    return false; // a key that is no point of the curve
  }
}
