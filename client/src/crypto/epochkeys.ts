/** The secret half of an epoch: its key for each member, and the past for those who may have it (contract/protocol.md 4). */
import { asBytes, asList, asNumber, decode, encode, equal, toBytes, type Value } from './encoding.ts';
import type { Epoch, MemberRow, Past } from './epochs.ts';
import type { Identity } from './identity.ts';
import { commitOf, epochKey } from './items.ts';
import type { EpochKey, Log } from './log.ts';
import { open, random, seal, secretOf, unwrap, wrap } from './primitives.ts';
import { demand } from './refusals.ts';
import type { Bytes } from './types.ts';

function place(epoch: Epoch, identities: readonly Identity[]): { at: number; identity: Identity } | null {
  for (const identity of identities) {
    const at = epoch.body.members.findIndex(({ pid }) => pid === identity.pid);
    if (at >= 0) return { at, identity };
  }
  return null;
}

async function ownKey(log: Log, { body }: Epoch, at: number, identity: Identity): Promise<EpochKey | null> {
  const bytes = await unwrap(identity.receiving, [log.sid, body.n, identity.pidBytes], body.wraps[at] ?? new Uint8Array(0));
  const fits = bytes && equal(await commitOf(log.sid, body.n, bytes), body.commit);
  return fits ? epochKey(bytes) : null;
}

/** [m, K_m] of a past, each checked against what its epoch committed to; null if any part does not fit. */
export async function openPast(log: Log, { body }: Epoch, { wrap: wrapped, sealed }: Past, identity: Identity): Promise<[number, Bytes][] | null> {
  const context = [log.sid, body.n, identity.pidBytes];
  const h = await unwrap(identity.receiving, [...context, 'past'], wrapped);
  const plain = h && (await open(await secretOf(h), 'past', context, sealed));
  try {
    return plain && (await readPastKeys(log, body.n, decode(plain)));
  } catch {
    return null;
  }
}

async function readPastKeys(log: Log, n: number, listed: Value[]): Promise<[number, Bytes][]> {
  const keys: [number, Bytes][] = [];
  for (const pair of listed) {
    const [number, key] = asList(pair, 2);
    const m = asNumber(number, (keys.at(-1)?.[0] ?? 0) + 1, n - 1);
    const bytes = asBytes(key, 32);
    const commit = log.epochs.find(({ body }) => body.n === m)?.body.commit;
    demand(commit && equal(await commitOf(log.sid, m, bytes), commit), 'altered', 'an older key that does not fit');
    keys.push([m, bytes]);
  }
  return keys;
}

async function takePast(log: Log, epoch: Epoch, past: Past, identity: Identity): Promise<void> {
  const keys = await openPast(log, epoch, past, identity);
  if (!keys) log.badPast.add(epoch.body.n);
  for (const [m, bytes] of keys ?? []) if (!log.keys.get(m)) log.keys.set(m, await epochKey(bytes));
}

/** Opens what the epochs from `from` on (by place in the list) hold for these identities; null stands for a wrap that does not fit. */
export async function takeKeys(log: Log, identities: readonly Identity[], from: number): Promise<void> {
  for (const epoch of log.epochs.slice(from)) {
    const mine = place(epoch, identities);
    if (!mine) continue;
    if (!log.keys.get(epoch.body.n)) log.keys.set(epoch.body.n, await ownKey(log, epoch, mine.at, mine.identity));
    const past = epoch.body.past.find((row) => row.place === mine.at);
    if (past) await takePast(log, epoch, past, mine.identity);
  }
}

export function wrapFor(row: MemberRow, sid: Bytes, n: number, key: Bytes): Promise<Bytes> {
  return wrap(row.card.recv_pk, [sid, n, toBytes(row.pid, 32)], key);
}

/** All older keys that this device has, for one member of the new epoch n. */
export async function pastFor(log: Log, { row, at, n }: { row: MemberRow; at: number; n: number }): Promise<Past> {
  const h = random(32);
  const context = [log.sid, n, toBytes(row.pid, 32)];
  const older = [...log.keys].flatMap(([m, key]): Value[] => (key && m < n ? [[m, key.bytes]] : []));
  older.sort((a, b) => asNumber(asList(a)[0]) - asNumber(asList(b)[0]));
  return { place: at, wrap: await wrap(row.card.recv_pk, [...context, 'past'], h), sealed: await seal(await secretOf(h), 'past', context, encode(...older)) };
}
