/** Who may leave, erase, and make which epoch (rule 6 of contract/protocol.md 4). Each function refuses, or lets pass. */
import { encode, equal, toBytes, type Value } from './encoding.ts';
import type { Epoch, EpochBody, MemberRow } from './epochs.ts';
import type { Ranges } from './frames.ts';
import { verify } from './keys.ts';
import { hash } from './primitives.ts';
import { demand } from './refusals.ts';
import type { EntryId, Pid } from './types.ts';

const KEEPER = 0;
const MEMBER = 1;

/** What the rules ask about a log. */
export interface Ground {
  sid: Uint8Array;
  epoch: Epoch | null;
  /** pid → seq of the leave entry, of members of the epoch in force */
  left: Map<Pid, number>;
  /** every pid that any epoch has had */
  seen: Set<Pid>;
  /** pid → whose place she took */
  before: Map<Pid, Pid>;
  itemsIn(ranges: Ranges): Iterable<{ seq: number; author: Pid; drawer: number }>;
}

function present({ epoch, left }: Ground): MemberRow[] {
  return (epoch?.body.members ?? []).filter(({ pid }) => !left.has(pid));
}

function keepers(ground: Ground): MemberRow[] {
  return present(ground).filter(({ role }) => role === KEEPER);
}

/** A person's pid and those of all whose place she took. */
export function lineOf(before: Map<Pid, Pid>, pid: Pid): Set<Pid> {
  const line = new Set<Pid>();
  for (let at: Pid | undefined = pid; at !== undefined && !line.has(at); at = before.get(at)) line.add(at);
  return line;
}

export function checkLeave(ground: Ground, author: MemberRow): void {
  demand(author.role !== KEEPER || keepers(ground).length > 1, 'rights', 'the last keeper hands over or closes');
}

export function checkErasure(ground: Ground, author: MemberRow, { ranges, seenSeq }: { ranges: Ranges; seenSeq: number }): void {
  demand((ranges.at(-1)?.[1] ?? 0) <= seenSeq, 'rights', 'an erasure reaches only what its author has seen');
  const line = lineOf(ground.before, author.pid);
  const since = ground.epoch?.placed.get(author.pid) ?? 0;
  for (const item of ground.itemsIn(ranges)) {
    if (author.role === KEEPER) demand(item.seq > since, 'rights', 'a placed keeper erases nothing from before her place');
    else demand(line.has(item.author) && item.drawer !== 1, 'rights', 'an item that is not hers');
  }
}

async function checkFounding(ground: Ground, author: MemberRow, body: EpochBody): Promise<void> {
  demand(equal(body.sid, ground.sid) && body.n === 1 && body.salt, 'malformed', 'sid, n or salt out of place');
  demand(equal(await hash('space', toBytes(author.pid, 32), body.salt), ground.sid), 'fork', 'another founding');
  const bare = !body.past.length && !body.assents.length && body.members.every(({ was }) => was === null);
  demand(bare && body.members.some(({ role }) => role === KEEPER), 'rights', 'founding');
}

/** What one who stays signs to let one person in: one person, one role, one moment. */
export function assentFields(
  { sid, n, ctl }: { sid: Uint8Array; n: number; ctl: EntryId }, to: { pid: Pid; role: number; was: Pid | null }, past: boolean
): Value[] {
  const was = to.was === null ? null : toBytes(to.was, 32);
  return [new Uint8Array(sid), n, toBytes(ctl, 32), toBytes(to.pid, 32), to.role, was, past ? 1 : 0];
}

interface Step {
  ground: Ground;
  last: Epoch;
  author: MemberRow;
  body: EpochBody;
  comes: MemberRow[];
  stays: MemberRow[];
  staying: Set<Pid>;
  replaced: Set<Pid>;
}

function stepOf(ground: Ground, last: Epoch, author: MemberRow, body: EpochBody): Step {
  const old = new Set(last.body.members.map(({ pid }) => pid));
  const stays = body.members.filter(({ pid }) => old.has(pid));
  const comes = body.members.filter(({ pid }) => !old.has(pid));
  const replaced = new Set(comes.flatMap(({ was }) => (was === null ? [] : [was])));
  return { ground, last, author, body, comes, stays, staying: new Set(stays.map(({ pid }) => pid)), replaced };
}

function checkAuthor({ ground, last, author, body, staying, replaced }: Step): void {
  const rules = !body.members.length || !equal(encode(body.policy), encode(last.body.policy));
  const isKeeper = author.role === KEEPER;
  demand(!rules || (isKeeper && !last.placed.has(author.pid)), 'rights', 'policy and closing are for a keeper who is not placed');
  if (isKeeper) return;
  const dropped = present(ground).filter(({ pid }) => !staying.has(pid) && !replaced.has(pid));
  demand(!dropped.length && (ground.left.size || replaced.size), 'rights', 'a member only drops those who left');
}

function checkNewcomer({ ground, author, staying }: Step, row: MemberRow): void {
  if (row.was === null) return demand(author.role === KEEPER, 'rights', 'a keeper brings people in');
  const old = present(ground).find(({ pid }) => pid === row.was);
  const fits = old && !staying.has(old.pid) && old.role === row.role && !ground.seen.has(row.pid);
  demand(fits, 'rights', 'a successor, never seen here, takes the place and role of one who drops out');
  const onlyKeeper = keepers(ground).length === 1 && old.role === KEEPER;
  demand(row.was === author.pid || author.role === KEEPER || onlyKeeper, 'rights', 'who may name a successor');
}

function checkRows(step: Step): void {
  const there = new Map(present(step.ground).map((row) => [row.pid, row]));
  for (const row of step.stays) {
    const old = there.get(row.pid);
    demand(old && old.role === row.role && old.was === row.was, 'rights', 'who left does not stay; role and was never change');
  }
  for (const row of step.comes) checkNewcomer(step, row);
  demand(step.replaced.size === step.comes.filter(({ was }) => was !== null).length, 'rights', 'one place, one successor');
  demand(step.body.members.some(({ role }) => role === KEEPER), 'rights', 'no space is without keeper');
}

function checkPast({ body, staying, author }: Step): void {
  for (const { place } of body.past) {
    const row = body.members[place];
    const later = author.role === KEEPER && row?.was !== null;
    demand(row && (!staying.has(row.pid) || later), 'rights', 'past goes to newcomers, and by a keeper to successors');
  }
}

async function checkAssents({ last, author, body, comes, staying }: Step): Promise<void> {
  const given = new Set(body.past.map(({ place }) => body.members[place]?.pid));
  const others = last.body.members.map(({ pid }, place) => ({ pid, place })).filter(({ pid }) => staying.has(pid) && pid !== author.pid);
  for (const row of comes.filter(({ was }) => was !== author.pid)) {
    const fields = assentFields({ sid: body.sid, n: body.n, ctl: last.id }, row, given.has(row.pid));
    for (const { place } of others) demand(await agreed(last, body, place, fields), 'rights', 'somebody who stays has not agreed');
  }
}

async function agreed(last: Epoch, body: EpochBody, place: number, fields: Value[]): Promise<boolean> {
  const key = last.body.members[place]?.card.sign_pk;
  for (const [at, sig] of body.assents) if (key && at === place && (await verify(key, sig, 'assent', ...fields))) return true;
  return false;
}

/** Nobody did wrong if she left after the author had last listed: the epoch is made again, without her. */
function checkCrossed({ left }: Ground, members: MemberRow[], seenSeq: number): void {
  const unseen = (pid: Pid | null): boolean => pid !== null && (left.get(pid) ?? 0) > seenSeq;
  demand(!members.some(({ pid, was }) => unseen(pid) || unseen(was)), 'old-epoch', 'somebody left meanwhile');
}

export async function checkEpoch(ground: Ground, author: MemberRow, { body, seenSeq }: { body: EpochBody; seenSeq: number }): Promise<void> {
  const last = ground.epoch;
  if (!last) return checkFounding(ground, author, body);
  const inPlace = equal(body.sid, ground.sid) && body.n === last.body.n + 1 && !body.salt && !body.proof;
  demand(inPlace, 'malformed', 'sid, n, salt or proof out of place');
  checkCrossed(ground, body.members, seenSeq);
  const step = stepOf(ground, last, author, body);
  checkAuthor(step);
  if (!body.members.length) return;
  checkRows(step);
  checkPast(step);
  await checkAssents(step);
}

/** Placed is a keeper whom a member, or a placed keeper, brought in; since that entry, or since the same one. */
export function findPlaced(last: Epoch | null, { author, body, seq }: { author: MemberRow; body: EpochBody; seq: number }): Map<Pid, number> {
  const placed = new Map<Pid, number>();
  const since = author.role === MEMBER ? seq : last?.placed.get(author.pid);
  const old = new Set(last?.body.members.map(({ pid }) => pid));
  for (const { pid, role } of last ? body.members : []) {
    const at = old.has(pid) ? last?.placed.get(pid) : role === KEEPER ? since : undefined;
    if (at !== undefined) placed.set(pid, at);
  }
  return placed;
}
