/** Which keys and signatures are good (contract/protocol.md 2): libraries disagree about weak ones, so they are refused before use. */
import { littleEndian, toText, type Value } from './encoding.ts';
import { demand } from './refusals.ts';
import { hash, labelled } from './primitives.ts';
import { fromLittleEndianHex, isGoodPoint, isSigned, P } from './signatures.ts';
import type { Bytes, Card, Pid } from './types.ts';

/** low-order points of curve25519 by u, beside 0, 1 and p-1 */
const SMALL_U = ['e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'];
const ML_KEM = 1152;
const RECV_PK = 1216;
const Q = 3329;

const badU = new Set([0n, 1n, P - 1n, ...SMALL_U.map(fromLittleEndianHex)]);

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

/** Whether `sig` (64 bytes) by `signPk` fits E(L(name), values...), by the strict rules. Never throws. */
export function verify(signPk: Bytes, sig: Bytes, name: string, ...values: Value[]): Promise<boolean> {
  return isSigned({ key: signPk, sig, bytes: labelled(name, ...values) });
}
