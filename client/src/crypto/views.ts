/** What the vault sees of a log: entries, epochs and spaces as plain values. */
import { asBytes, asList, asNumber, asText, decode, toText } from './encoding.ts';
import type { Epoch } from './epochs.ts';
import { EPOCH, ERASE, ITEM } from './frames.ts';
import { stateOf } from './items.ts';
import { countOf, entryAt, entryNamed, epochOf, runOf, type Entry, type Log } from './log.ts';
import type { Edit, EntryView, EpochChange, EpochView, Item, Member, Pid, SpaceView } from './types.ts';

export interface Onlooker { own: ReadonlySet<Pid>; now: number }

const TYPES = ['epoch', 'item', 'erase', 'leave'] as const;

/** Where a key came in, and whether it was given what is older. */
function comingOf(log: Log, pid: Pid): Pick<Member, 'since' | 'givenPast'> {
  const since = log.epochs.find(({ body }) => body.members.some((row) => row.pid === pid))?.seq ?? 0;
  return { since, givenPast: log.epochs.some(({ body }) => body.past.some(({ place }) => body.members[place]?.pid === pid)) };
}

export function epochView(log: Log, epoch: Epoch, own: ReadonlySet<Pid>): EpochView {
  const { n, members, policy, past } = epoch.body;
  const left = epoch === log.epoch ? log.left : new Map<Pid, number>();
  const mine = members.findIndex(({ pid }) => own.has(pid));
  const key = mine < 0 ? 'none' : log.keys.get(n) ? 'fits' : 'does-not-fit';
  const given = past.some(({ place }) => place === mine);
  return {
    n, id: epoch.id, seq: epoch.seq, policy, key, past: given ? (log.badPast.has(n) ? 'does-not-fit' : 'fits') : null,
    members: members.map(({ pid, card, role, was }) => ({
      pid, card, role, was, placed: epoch.placed.has(pid), left: left.has(pid), mine: own.has(pid),
      wroteAt: log.wroteAt.get(pid) ?? 0, ...comingOf(log, pid)
    }))
  };
}

export function spaceView(log: Log, own: ReadonlySet<Pid>): SpaceView {
  return {
    sid: log.sidText, count: countOf(log), run: runOf(log, countOf(log)), founder: log.entries[0]?.author ?? '',
    epoch: epochView(log, epochOf(log), own), closed: log.closed, alarm: log.alarm, leaverFirst: log.left.size > 0
  };
}

/** What an epoch changed against the one before. */
function changeOf(log: Log, epoch: Epoch, author: Pid): EpochChange {
  const last = log.epochs[epoch.body.n - 2];
  const old = new Map(last?.body.members.map((row) => [row.pid, row]));
  const now = new Set(epoch.body.members.map(({ pid }) => pid));
  const comes = epoch.body.members.filter(({ pid }) => !old.has(pid));
  const succeeded = comes.flatMap(({ pid, was }) => (was === null ? [] : [{ was, now: pid, bySelf: was === author }]));
  const replaced = new Set(succeeded.map(({ was }) => was));
  const removed = [...old.keys()].filter((pid) => !now.has(pid) && !replaced.has(pid));
  const added = comes.flatMap(({ pid, was }) => (was === null ? [pid] : []));
  const policyChanged = JSON.stringify(last?.body.policy) !== JSON.stringify(epoch.body.policy);
  const pastGiven = epoch.body.past.flatMap(({ place }) => epoch.body.members[place]?.pid ?? []);
  const same = !added.length && !removed.length && !succeeded.length && !policyChanged;
  const what = !last ? 'founded' : !now.size ? 'closed' : same ? 'renewed' : 'changed';
  return { what, added, removed, succeeded, policyChanged: Boolean(last) && policyChanged, pastGiven };
}

/** The entry an opened `edit` changes, if it counts: written by the same person, in the same drawer, and not erased. */
export function editedBy(log: Log, entry: Entry): { target: Entry; edit: Edit } | null {
  if (entry.inside?.kind !== 'edit') return null;
  try {
    const [id, kind, version, content] = asList(decode(entry.inside.content), 4);
    const target = entryNamed(log, toText(asBytes(id, 32)));
    if (target?.head.type !== ITEM || target.author !== entry.author || target.head.drawer !== entry.head.drawer || log.erased.has(target.seq)) return null;
    const edit = { seq: target.seq, id: target.id, kind: asText(kind), version: asNumber(version), content: asBytes(content) };
    return { target, edit };
  } catch {
    return null;
  }
}

async function itemView(log: Log, entry: Entry, about: Onlooker): Promise<Item> {
  const state = await stateOf(log, entry, about);
  const { kind, version, content } = entry.inside ?? { kind: '', version: 0, content: null };
  return { drawer: entry.head.drawer, blobs: entry.head.blobs, state, kind, version, content };
}

export async function entryView(log: Log, seq: number, about: Onlooker): Promise<EntryView> {
  const entry = entryAt(log, seq);
  const { head } = entry;
  const epoch = head.type === EPOCH ? log.epochsById.get(entry.id) : undefined;
  const item = head.type === ITEM ? await itemView(log, entry, about) : null;
  return {
    seq, id: entry.id, iid: head.iid, author: entry.author, writer: entry.frame?.head.writer ?? '', mine: about.own.has(entry.author), time: head.time,
    type: TYPES[head.type as 0 | 1 | 2 | 3], item, edit: editedBy(log, entry)?.edit ?? null, erased: head.type === ERASE ? head.ranges : null,
    epoch: epoch ? epochView(log, epoch, about.own) : null, change: epoch ? changeOf(log, epoch, entry.author) : null
  };
}

export function entryViews(log: Log, seqs: Iterable<number>, about: Onlooker): Promise<EntryView[]> {
  return Promise.all([...seqs].sort((a, b) => a - b).map((seq) => entryView(log, seq, about)));
}

