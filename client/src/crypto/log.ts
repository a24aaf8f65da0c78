/** One space's log as far as it is checked, and the rules by which one more entry is taken (contract/protocol.md 4). */
import { toBytes, toText } from './encoding.ts';
import type { Epoch, EpochBody, MemberRow } from './epochs.ts';
import { EPOCH, ERASE, ITEM, LEAVE, type Frame, type Head, type Ranges } from './frames.ts';
import { hash, type Secret } from './primitives.ts';
import { demand, refuse, Refusal } from './refusals.ts';
import { checkEpoch, checkErasure, checkLeave, findPlaced, type Ground } from './rights.ts';
import type { Alarm, Bytes, EntryId, Iid, Pid, Run, Sid } from './types.ts';

/** What an item's body says once opened; null: it does not open. */
export type Inside = { kind: string; version: number; content: Bytes } | null;

/** What later entries, and whoever looks, ask about a head. */
export type Marks = Pick<Head, 'type' | 'iid' | 'time' | 'drawer' | 'ranges' | 'blobs'>;

export interface Entry {
  seq: number;
  id: EntryId;
  author: Pid;
  head: Marks;
  /** null: checked by this device before, and not brought from its store yet */
  frame: Frame | null;
  /** n of the epoch it was written under */
  n: number;
  /** listed bare although the server has the text */
  held: boolean;
  /** the server gave a text that is not this one */
  altered: boolean;
  inside: Inside | undefined;
}

export interface EpochKey { bytes: Bytes; secret: Secret }

export interface Log extends Ground {
  sid: Bytes;
  sidText: Sid;
  entries: Entry[];
  /** runs[n] after entry n; runs[0] is the sid */
  runs: Run[];
  epochs: Epoch[];
  epochsById: Map<EntryId, Epoch>;
  /** by n; null: the wrap does not fit */
  keys: Map<number, EpochKey | null>;
  /** epochs whose past was for us and did not fit */
  badPast: Set<number>;
  writers: Map<string, { id: EntryId; seenSeq: number }>;
  iids: Map<string, number>;
  places: Map<EntryId, number>;
  blobs: Set<string>;
  erased: Set<number>;
  /** places that are read whatever is looked at, as the stored log had them */
  apart: Set<number>;
  pins: Map<number, Run>;
  /** the greatest time under which each person has written */
  wroteAt: Map<Pid, number>;
  /** more of it is to come and its end was not judged: nothing is written into it, and nothing heard */
  partial: boolean;
  closed: { by: Pid; time: number } | null;
  alarm: Alarm | null;
}

export function newLog(sidText: Sid): Log {
  const sid = toBytes(sidText, 32);
  const log: Log = {
    sid, sidText, entries: [], runs: [sidText], epochs: [], epochsById: new Map(), keys: new Map(), badPast: new Set(), writers: new Map(),
    iids: new Map(), places: new Map(), blobs: new Set(), erased: new Set(), apart: new Set(), pins: new Map(), wroteAt: new Map(), partial: false, closed: null,
    alarm: null, epoch: null, left: new Map(), seen: new Set(), before: new Map(),
    itemsIn: (ranges) => itemsIn(log, ranges)
  };
  return log;
}

export function* itemsIn(log: Log, ranges: Ranges): Generator<{ seq: number; author: Pid; drawer: number }> {
  for (const [from, to] of ranges)
    for (const { seq, author, head } of log.entries.slice(from - 1, to)) if (head.type === ITEM) yield { seq, author, drawer: head.drawer };
}

export const countOf = (log: Log): number => log.entries.length;
export const runOf = (log: Log, seq: number): Run => log.runs[seq] ?? refuse('not-loaded', `place ${seq}`);
export const entryAt = (log: Log, seq: number): Entry => log.entries[seq - 1] ?? refuse('not-loaded', `place ${seq}`);
export const entryNamed = (log: Log, id: EntryId): Entry | null => log.entries[(log.places.get(id) ?? 0) - 1] ?? null;
export const epochOf = (log: Log): Epoch => log.epoch ?? refuse('not-loaded');
const writerKey = (author: Pid, writer: string): string => `${author} ${writer}`;
const iidKey = (author: Pid, iid: Iid): string => `${author} ${iid}`;

export const lastOf = (log: Log, author: Pid, writer: string): { id: EntryId; seenSeq: number } | null =>
  log.writers.get(writerKey(author, writer)) ?? null;

export function placeOf(log: Log, authors: Iterable<Pid>, iid: Iid): Entry | null {
  for (const author of authors) {
    const seq = log.iids.get(iidKey(author, iid));
    if (seq !== undefined) return entryAt(log, seq);
  }
  return null;
}

export async function nextRun(run: Run, id: EntryId): Promise<Run> {
  return toText(await hash('log', toBytes(run, 32), toBytes(id, 32)));
}

/** A frame with what can be found out before its turn comes. */
export interface Read {
  frame: Frame;
  /** type epoch: its body, or why that is refused */
  body: EpochBody | Refusal | null;
  run: Run;
  /** whether the signature fits the key at `who` in the epoch that `ctl` names */
  signed: boolean;
  held: boolean;
}

/** `end`: what a closed space's server still lists, without the places between (rules 4, 5 and 7 are not asked). */
export type Extent = 'log' | 'end';

function bodyInPlace(log: Log, { frame, body }: Read): EpochBody | null {
  demand(!log.closed, 'closed', 'nothing follows the closing');
  demand(log.epoch || frame.head.type === EPOCH, 'gap', 'a space begins with an epoch');
  if (body instanceof Refusal) throw body;
  return body;
}

function authorOf(log: Log, { frame: { head }, signed }: Read, body: EpochBody | null): MemberRow {
  demand(head.ctl === (log.epoch?.id ?? null), 'old-epoch', 'another epoch is in force');
  const author = (log.epoch?.body ?? body)?.members[head.who] ?? refuse('not-a-member', 'no such place');
  demand(signed, 'bad-signature');
  demand(!log.left.has(author.pid), 'not-a-member', 'has left');
  const sawLeave = [...log.left.values()].some((seq) => seq <= head.seenSeq);
  demand(head.type !== ITEM || !sawLeave, 'old-epoch', 'somebody has left: a new epoch comes first');
  return author;
}

function checkNew(log: Log, { frame: { head } }: Read, author: MemberRow): void {
  demand(!log.iids.has(iidKey(author.pid, head.iid)), 'replay', 'iid');
  demand(!head.blobs.some((blob) => log.blobs.has(blob)), 'replay', 'blob');
}

function checkOrder(log: Log, { frame: { head } }: Read, author: MemberRow): void {
  const last = lastOf(log, author.pid, head.writer);
  demand(head.prev === (last?.id ?? null), 'order', "not after this writer's last entry");
  demand((last?.seenSeq ?? 0) <= head.seenSeq && head.seenSeq <= countOf(log), 'order', 'the last place seen went back, or is not there');
  demand(runOf(log, head.seenSeq) === head.seenRun, 'fork', 'the author saw another history');
}

async function checkRights(log: Log, { frame: { head } }: Read, author: MemberRow, body: EpochBody | null): Promise<void> {
  if (body) await checkEpoch(log, author, { body, seenSeq: head.seenSeq });
  else if (head.type === ERASE) checkErasure(log, author, head);
  else if (head.type === LEAVE) checkLeave(log, author);
}

/** Takes one more entry, or refuses with the code of the first rule that does not hold; then nothing has changed. */
export async function admit(log: Log, read: Read, extent: Extent = 'log'): Promise<Entry> {
  const body = bodyInPlace(log, read);
  const author = authorOf(log, read, body);
  checkNew(log, read, author);
  if (extent === 'log') checkOrder(log, read, author);
  await checkRights(log, read, author, body);
  const seq = countOf(log) + 1;
  demand(extent === 'end' || (log.pins.get(seq) ?? read.run) === read.run, 'fork', 'not the run that was pinned here');
  const entry = append(log, { ...read, id: read.frame.id, head: read.frame.head }, author.pid, body);
  const { head, id } = read.frame;
  log.writers.set(writerKey(author.pid, head.writer), { id, seenSeq: head.seenSeq });
  return entry;
}

interface Judged { id: EntryId; head: Marks; frame: Frame | null; held: boolean; run: Run }

/** One entry more, once it is judged. */
export function append(log: Log, { id, head, frame, held, run }: Judged, author: Pid, body: EpochBody | null): Entry {
  const seq = countOf(log) + 1;
  if (body) enter(log, { id, seq, time: head.time, body, placed: placedBy(log, { author, body, seq }) }, author);
  const entry: Entry = { seq, id, author, head, frame, n: epochOf(log).body.n, held, altered: false, inside: undefined };
  log.entries.push(entry);
  log.runs.push(run);
  log.iids.set(iidKey(author, head.iid), seq);
  log.places.set(id, seq);
  log.wroteAt.set(author, Math.max(head.time, log.wroteAt.get(author) ?? 0));
  for (const blob of head.blobs) log.blobs.add(blob);
  if (head.type === LEAVE) log.left.set(author, seq);
  for (const { seq: gone } of itemsIn(log, head.ranges)) log.erased.add(gone);
  return entry;
}

function placedBy(log: Log, { author, body, seq }: { author: Pid; body: EpochBody; seq: number }): Epoch['placed'] {
  const row = (log.epoch?.body ?? body).members.find(({ pid }) => pid === author) ?? refuse('not-a-member');
  return findPlaced(log.epoch, { author: row, body, seq });
}

function enter(log: Log, epoch: Epoch, author: Pid): void {
  log.epochs.push(epoch);
  log.epochsById.set(epoch.id, epoch);
  log.epoch = epoch;
  log.left = new Map();
  if (!epoch.body.members.length) log.closed = { by: author, time: epoch.time };
  for (const { pid, was } of epoch.body.members) {
    log.seen.add(pid);
    if (was !== null && !log.before.has(pid)) log.before.set(pid, was);
  }
}
