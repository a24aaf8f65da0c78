/** Bodies of items (contract/protocol.md 5): padded, sealed under the epoch's key; and what a place without its text means. */
import { asBytes, asList, asNumber, asText, decode, encode, equal } from './encoding.ts';
import { epochOf, type Entry, type EpochKey, type Inside, type Log } from './log.ts';
import { hash, open, seal, secretOf } from './primitives.ts';
import { demand } from './refusals.ts';
import type { Bytes, Pid, State } from './types.ts';

const LEAST = 256;
const MOST = 65_536;
const DAY = 86_400_000;

/** Length as 4 bytes big-endian, data, zeros up to the next power of two. Refused `too-big` over 65,532 bytes. */
export function pad(data: Bytes): Bytes {
  demand(data.length + 4 <= MOST, 'too-big', 'an item holds 65,532 bytes');
  let size = LEAST;
  while (size < data.length + 4) size *= 2;
  const out = new Uint8Array(size);
  new DataView(out.buffer).setUint32(0, data.length);
  out.set(data, 4);
  return out;
}

/** The data, or null if the padding is not as `pad` makes it. */
export function unpad(padded: Bytes): Bytes | null {
  if (padded.length < LEAST || padded.length > MOST) return null;
  const size = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (size + 4 > padded.length) return null;
  const data = padded.slice(4, 4 + size);
  return equal(pad(data), padded) ? data : null;
}

export function readInside(data: Bytes): { kind: string; version: number; content: Bytes } {
  const [kind, version, content] = asList(decode(data), 3);
  return { kind: asText(kind), version: asNumber(version), content: asBytes(content) };
}

export function sealBody(key: EpochKey, name: 'item' | 'signal', head: Bytes, inside: { kind: string; version: number; content: Bytes }): Promise<Bytes> {
  return seal(key.secret, name, [head], pad(encode(inside.kind, inside.version, inside.content)));
}

/** What a sealed body says; null if it does not open, whatever the reason. */
export async function openBody(key: EpochKey, name: 'item' | 'signal', head: Bytes, body: Bytes): Promise<Inside> {
  const padded = await open(key.secret, name, [head], body);
  const data = padded && unpad(padded);
  try {
    return data && readInside(data);
  } catch {
    return null;
  }
}

/** Opens an item once, if its text and key are here. */
export async function insideOf(log: Log, entry: Entry): Promise<Inside> {
  const key = log.keys.get(entry.n);
  if (!entry.frame?.body || !key) return null;
  if (entry.inside === undefined) entry.inside = await openBody(key, 'item', entry.frame.headBytes, entry.frame.body);
  return entry.inside;
}

/** Whether a period of some epoch explains that the text is gone. */
function isExpired(log: Log, { head }: Entry, now: number): boolean {
  return log.epochs.some(({ body }, at) => {
    const days = body.policy.find(([drawer]) => drawer === head.drawer)?.[1] ?? 0;
    const until = Math.min(log.epochs[at + 1]?.time ?? now, now);
    return days > 0 && head.time + days * DAY <= until + DAY;
  });
}

/** Over a day ahead of this device, of a later entry of its author, or of a later one of one's own. */
function isMisdated(log: Log, entry: Entry, { now, own }: { now: number; own: ReadonlySet<Pid> }): boolean {
  const later = log.entries.slice(entry.seq).filter(({ author }) => author === entry.author || own.has(author));
  return entry.head.time > Math.min(now, ...later.map(({ head }) => head.time)) + DAY;
}

function whyGone(log: Log, entry: Entry, about: { now: number; own: ReadonlySet<Pid> }): State {
  if (log.erased.has(entry.seq)) return 'gone-erased';
  if (entry.altered) return 'altered';
  if (entry.held || !entry.frame) return 'held';
  if (isExpired(log, entry, about.now)) return 'gone-expired';
  if ((log.entries.at(-1)?.head.time ?? 0) > about.now + DAY) return 'clock-unsure';
  return isMisdated(log, entry, about) ? 'gone-date-wrong' : 'gone-unexplained';
}

export async function stateOf(log: Log, entry: Entry, about: { now: number; own: ReadonlySet<Pid> }): Promise<State> {
  if (!entry.frame?.body) return whyGone(log, entry, about);
  const key = log.keys.get(entry.n);
  if (key === undefined) return 'no-key';
  return (await insideOf(log, entry)) ? 'open' : 'does-not-open';
}

export async function epochKey(bytes: Bytes): Promise<EpochKey> {
  return { bytes, secret: await secretOf(bytes) };
}

export async function commitOf(sid: Bytes, n: number, key: Bytes): Promise<Bytes> {
  return hash('epoch key', sid, n, key);
}

/** The key of the epoch in force; refused `no-key` where this device has none that fits. */
export function keyInForce(log: Log): EpochKey {
  const key = log.keys.get(epochOf(log).body.n);
  demand(key, 'no-key', 'no key that fits: a keeper makes a new epoch');
  return key;
}
