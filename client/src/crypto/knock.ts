/** The words that two read to each other before a room is given back (contract/protocol.md 6, Knock). Of both nonces, so neither could choose them. */
import { compare, toBytes } from './encoding.ts';
import { random, hash } from './primitives.ts';
import { digitsOf, wordsOf } from './safety.ts';
import type { Bytes, Fingerprint, KnockWords, Pid } from './types.ts';

export interface End { pid: Pid; nonce: Bytes }
type Draw = (size: number) => Bytes;

export async function knockBytes(sid: Bytes, one: End, two: End): Promise<Bytes> {
  const [a, b] = compare(toBytes(one.pid, 32), toBytes(two.pid, 32)) < 0 ? [one, two] : [two, one];
  return (await hash('knock words', sid, toBytes(a.pid, 32), a.nonce, toBytes(b.pid, 32), b.nonce)).slice(0, 8);
}

const rowOf = (bytes: Bytes): Fingerprint => ({ words: wordsOf(bytes), digits: digitsOf(bytes) });

/** No word stands at the same place in both, and no group of digits: who heard one of them right knows which row it was. */
function apart(one: Fingerprint, two: Fingerprint): boolean {
  return one.words.every((word, at) => word !== two.words[at]) && one.digits.every((group, at) => group !== two.digits[at]);
}

/** The true row among three that chance drew, at a place that chance chose. */
export function amongFour(bytes: Bytes, draw: Draw = random): KnockWords {
  const row = rowOf(bytes);
  const others: Fingerprint[] = [];
  while (others.length < 3) {
    const other = rowOf(draw(8));
    if ([row, ...others].every((known) => apart(known, other))) others.push(other);
  }
  const place = (draw(1)[0] ?? 0) % 4;
  return { row, among: others.toSpliced(place, 0, row), place };
}
