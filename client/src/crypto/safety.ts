/** Numbers, words and pictures by which two people compare (contract/protocol.md 2). */
import { asBytes, asList, compare, decode, encode, toBytes, toHex } from './encoding.ts';
import { labelled, sha256 } from './primitives.ts';
import { refuse } from './refusals.ts';
import type { Bytes, Fingerprint, Pid, SafetyNumber } from './types.ts';
import { stretch } from './unlocking.ts';
import { words } from './words.ts';

/** Of 8 bytes: big-endian mod 10^16, four groups of four. */
export function digitsOf(bytes: Bytes): string[] {
  const text = (BigInt(`0x${toHex(bytes)}`) % 10n ** 16n).toString().padStart(16, '0');
  return text.match(/.{4}/g) ?? [];
}

/** Of 8 bytes: the top 55 bits, five words. */
export function wordsOf(bytes: Bytes): string[] {
  const top = BigInt(`0x${toHex(bytes)}`) / 2n ** 9n;
  return Array.from({ length: 5 }, (_, at) => words[Number((top / 2048n ** BigInt(4 - at)) % 2048n)] ?? refuse('malformed'));
}

const fingerprints = new Map<Pid, Promise<Fingerprint>>();

async function make(pid: Pid): Promise<Fingerprint> {
  const salt = (await sha256(labelled('fingerprint'))).slice(0, 16);
  const bytes = await stretch(toBytes(pid, 32), { salt, size: 8 });
  return { digits: digitsOf(bytes), words: wordsOf(bytes) };
}

/** Slow on purpose (Argon2id), so remembered. */
export function fingerprint(pid: Pid): Promise<Fingerprint> {
  const known = fingerprints.get(pid) ?? make(pid);
  fingerprints.set(pid, known);
  return known;
}

/** Both halves, smaller pid first. */
export async function safetyNumber(own: Pid, other: Pid): Promise<SafetyNumber> {
  const mine = compare(toBytes(own, 32), toBytes(other, 32)) < 0 ? 0 : 1;
  const ours = await fingerprint(own);
  const theirs = await fingerprint(other);
  return { halves: mine === 0 ? [ours, theirs] : [theirs, ours], mine };
}

export function qrOf(own: Pid, other: Pid): Bytes {
  return encode('attune/1/qr', toBytes(own, 32), toBytes(other, 32));
}

/** What the other's screen showed, against what is seen here: it fits only if both ends do. */
export function readQr(scanned: Bytes, own: Pid, other: Pid): 'fits' | 'differs' | 'not-a-number' {
  try {
    const [name, theirs, mine] = asList(decode(scanned), 3);
    if (name !== 'attune/1/qr') return 'not-a-number';
    const fits = compare(asBytes(theirs, 32), toBytes(other, 32)) === 0 && compare(asBytes(mine, 32), toBytes(own, 32)) === 0;
    return fits ? 'fits' : 'differs';
  } catch {
    return 'not-a-number';
  }
}
