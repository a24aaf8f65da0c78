/** Sealing new entries: what a person writes, and every change of who may read (contract/protocol.md 4 and 5). */
import { encode, toBytes, toText, type Value } from './encoding.ts';
import { epochBytes, type EpochBody, type MemberRow, type Past } from './epochs.ts';
import { pastFor, wrapFor } from './epochkeys.ts';
import { EPOCH, ERASE, ITEM, LEAVE, wholeFrame } from './frames.ts';
import type { Identity } from './identity.ts';
import { commitOf, insideOf, keyInForce, sealBody } from './items.ts';
import { countOf, entryAt, entryNamed, epochOf, lastOf, runOf, type Log } from './log.ts';
import { pidOf } from './keys.ts';
import { hash, random, sha256, sign } from './primitives.ts';
import { demand, refuse } from './refusals.ts';
import { assentFields, lineOf } from './rights.ts';
import type { Assent, Bytes, Card, Change, Founding, NewItem, Pid, Policy, Role, Sealed, Writer } from './types.ts';
import { editedBy } from './views.ts';

/** Who writes: a person on one page. */
export interface Author { identity: Identity; writer: Writer; now: number }

const EMPTY = new Uint8Array(0);

interface Plan { type: number; iid: Bytes; extra: Value; who: number; body: (head: Bytes) => Promise<Bytes> }

async function sealEntry(log: Log | null, { identity, writer, now }: Author, { type, iid, extra, who, body }: Plan, sid: Bytes): Promise<Sealed> {
  const seen = log ? countOf(log) : 0;
  const last = log && lastOf(log, identity.pid, writer);
  const ctl = log ? toBytes(epochOf(log).id) : null;
  const run = log ? toBytes(runOf(log, seen)) : sid;
  const head = encode(type, ctl, who, toBytes(writer), iid, last ? toBytes(last.id) : null, seen, run, now, extra);
  const sealed = await body(head);
  const sig = await sign(identity.signing, 'entry', head, await sha256(sealed));
  return { iid: toText(iid), frame: wholeFrame(head, sealed, sig) };
}

/** The place of the author in the epoch in force; refuses where nothing may be written. */
function placeIn(log: Log, { identity }: Author): { who: number; row: MemberRow } {
  demand(!log.alarm, 'stopped', log.alarm?.code);
  demand(!log.partial, 'not-loaded', 'the rest of the log comes first');
  demand(!log.closed, 'closed');
  const { members } = epochOf(log).body;
  const who = members.findIndex(({ pid }) => pid === identity.pid);
  const row = members[who];
  demand(row && !log.left.has(row.pid), 'not-a-member');
  return { who, row };
}

const newIid = (iid: string | undefined): Bytes => (iid === undefined ? random(16) : toBytes(iid, 16));

export function sealItem(log: Log, author: Author, { iid, drawer, kind, version, content, blobs = [] }: NewItem): Promise<Sealed> {
  const { who } = placeIn(log, author);
  demand(!log.left.size, 'leaver-first', 'a new epoch without who left comes first');
  const key = keyInForce(log);
  const extra = [drawer, blobs.map((blob) => toBytes(blob, 16))];
  const body = (head: Bytes): Promise<Bytes> => sealBody(key, 'item', head, { kind, version, content });
  return sealEntry(log, author, { type: ITEM, iid: newIid(iid), extra, who, body }, log.sid);
}

export function sealEdit(
  log: Log, author: Author, { iid, id, kind, version, content }: { iid?: string; id: string; kind: string; version: number; content: Bytes }
): Promise<Sealed> {
  const target = entryNamed(log, id) ?? refuse('not-loaded', 'the entry to edit');
  demand(target.author === author.identity.pid && target.head.type === ITEM, 'not-yours', 'only own items are edited');
  const edit = { drawer: target.head.drawer, kind: 'edit', version: 1, content: encode(toBytes(id), kind, version, content) };
  return sealItem(log, author, iid === undefined ? edit : { ...edit, iid });
}

export function sealLeave(log: Log, author: Author): Promise<Sealed> {
  const { who } = placeIn(log, author);
  return sealEntry(log, author, { type: LEAVE, iid: random(16), extra: null, who, body: () => Promise.resolve(EMPTY) }, log.sid);
}

function rangesOf(seqs: Iterable<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of [...new Set(seqs)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}

/** Edits of these places, as far as the texts are here; refused while a later text by the same hand is not fetched. */
async function editsOf(log: Log, seqs: Set<number>): Promise<number[]> {
  const edits: number[] = [];
  const authors = new Set([...seqs].map((seq) => entryAt(log, seq).author));
  for (const entry of log.entries) {
    if (entry.head.type !== ITEM || entry.seq <= Math.min(...seqs) || !authors.has(entry.author)) continue;
    demand(!entry.held && (entry.frame || log.erased.has(entry.seq)), 'not-loaded', 'fetch the texts after it first');
    await insideOf(log, entry);
    if (seqs.has(editedBy(log, entry)?.target.seq ?? 0)) edits.push(entry.seq);
  }
  return edits;
}

export async function sealErasure(log: Log, author: Author, seqs: number[]): Promise<Sealed> {
  const { who, row } = placeIn(log, author);
  const all = new Set([...seqs, ...(await editsOf(log, new Set(seqs)))]);
  const line = lineOf(log.before, author.identity.pid);
  const since = epochOf(log).placed.get(row.pid) ?? 0;
  for (const seq of all) {
    const { author: by, head } = entryAt(log, seq);
    const may = row.role === 0 ? seq > since : line.has(by) && head.drawer !== 1;
    demand(head.type === ITEM && may, 'rights', 'not yours to erase');
  }
  return sealEntry(log, author, { type: ERASE, iid: random(16), extra: rangesOf(all), who, body: () => Promise.resolve(EMPTY) }, log.sid);
}

// ---- epochs -------------------------------------------------------------------------------------------------------------------------
export interface NewRow { role: Role; card: Card }

async function rowsOf(rows: NewRow[]): Promise<MemberRow[]> {
  return Promise.all(rows.map(async ({ role, card }) => ({ role, card, was: null, pid: await pidOf(card) })));
}

async function keysFor(sid: Bytes, n: number, members: MemberRow[]): Promise<{ commit: Bytes; wraps: Bytes[] }> {
  const key = random(32);
  const wraps = await Promise.all(members.map((row) => wrapFor(row, sid, n, key)));
  return { commit: await commitOf(sid, n, key), wraps };
}

/** A new space: `proof` [iid, 32 bytes] after an invitation, made once the sid is known. */
export async function found(
  author: Author, { rows, policy, proof }: { rows: NewRow[]; policy: Policy; proof?: (sid: Bytes) => Promise<[Bytes, Bytes]> }
): Promise<Founding> {
  const salt = random(16);
  const sid = await hash('space', author.identity.pidBytes, salt);
  const members = await rowsOf(rows);
  const who = members.findIndex(({ pid }) => pid === author.identity.pid);
  const body: EpochBody = {
    sid, n: 1, salt, members, policy, ...(await keysFor(sid, 1, members)), past: [], assents: [], proof: (await proof?.(sid)) ?? null
  };
  const plan = { type: EPOCH, iid: random(16), extra: null, who, body: () => Promise.resolve(epochBytes(body)) };
  return { sid: toText(sid), frame: (await sealEntry(null, author, plan, sid)).frame };
}

interface Next { members: MemberRow[]; policy: Policy; pastTo: Pid | null; assents: readonly Assent[] }

const bare = (log: Log): Next => {
  const { members, policy } = epochOf(log).body;
  return { members: members.filter(({ pid }) => !log.left.has(pid)), policy, pastTo: null, assents: [] };
};

async function nextOf(log: Log, change: Change): Promise<Next> {
  const next = bare(log);
  if (change.do === 'close') return { ...next, members: [] };
  if (change.do === 'policy') return { ...next, policy: change.policy };
  if (change.do === 'past') return { ...next, pastTo: change.to };
  if (change.do === 'remove') return { ...next, members: next.members.filter(({ pid }) => pid !== change.pid) };
  if (change.do === 'renew') return next;
  const pid = await pidOf(change.card);
  const shared = { ...next, pastTo: change.past ? pid : null, assents: change.assents };
  if (change.do === 'add') return { ...shared, members: [...next.members, { role: change.role, card: change.card, was: null, pid }] };
  const members = next.members.map((row) => (row.pid === change.was ? { ...row, card: change.card, was: change.was, pid } : row));
  return { ...shared, members };
}

function assentsOf(log: Log, assents: readonly Assent[]): [number, Bytes][] {
  const { members } = epochOf(log).body;
  return assents.map(({ pid, sig }) => [members.findIndex((row) => row.pid === pid), sig] as [number, Bytes]).filter(([place]) => place >= 0);
}

async function pastOf(log: Log, n: number, { members, pastTo }: Next): Promise<Past[]> {
  const at = members.findIndex(({ pid }) => pid === pastTo);
  const row = members[at];
  return row ? [await pastFor(log, { row, at, n })] : [];
}

/** A new epoch with a new key. Who may do what is for the rules: `take` your own frame's answer, a wrong one is refused as `rights`. */
export async function sealEpoch(log: Log, author: Author, change: Change): Promise<Sealed> {
  const { who } = placeIn(log, author);
  const n = epochOf(log).body.n + 1;
  const next = await nextOf(log, change);
  const body: EpochBody = {
    sid: log.sid, n, salt: null, members: next.members, policy: next.policy, ...(await keysFor(log.sid, n, next.members)),
    past: await pastOf(log, n, next), assents: assentsOf(log, next.assents), proof: null
  };
  return sealEntry(log, author, { type: EPOCH, iid: random(16), extra: null, who, body: () => Promise.resolve(epochBytes(body)) }, log.sid);
}

/** One's word that this one person comes in, in this role, as the very next change of this space. */
export async function sealAssent(log: Log, author: Author, to: { pid: Pid; role: Role; was: Pid | null; past: boolean }): Promise<Assent> {
  placeIn(log, author);
  const { id, body } = epochOf(log);
  const fields = assentFields({ sid: log.sid, n: body.n + 1, ctl: id }, to, to.past);
  return { pid: author.identity.pid, sig: await sign(author.identity.signing, 'assent', ...fields) };
}

