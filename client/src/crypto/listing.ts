/** Taking a snapshot of the server's answer: all frames read and their signatures checked at once, then the rules one by one. */
import { exact, toBytes } from './encoding.ts';
import { readEpoch, type EpochBody } from './epochs.ts';
import { EPOCH, readFrame, type Frame } from './frames.ts';
import { admit, countOf, entryAt, nextRun, runOf, type Extent, type Log, type Read } from './log.ts';
import { labelled } from './primitives.ts';
import { Refusal } from './refusals.ts';
import { areSigned, type Signed } from './signatures.ts';
import type { Alarm, Bytes, EntryId, Listing, Pin, Run } from './types.ts';

const AT_ONCE = 1000;
/** No key: it signed nothing. */
const NOBODY = new Uint8Array(0);

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}

interface Half { frame: Frame; body: EpochBody | Refusal | null }
interface Timed extends Half { seq: number; run: Run }

/** Frames come as bytes, or as the server wrote them. */
export const bytesOf = (frame: Bytes | string): Bytes => (typeof frame === 'string' ? toBytes(frame) : exact(frame));

async function readHalf(listed: Bytes | string): Promise<Half | Refusal> {
  try {
    const frame = await readFrame(bytesOf(listed));
    const body = frame.head.type === EPOCH && frame.body ? await readEpoch(frame.body).catch(asRefusal) : null;
    return { frame, body };
  } catch (error) {
    return asRefusal(error);
  }
}

/** Does `work` on a thousand at once: enough to keep the machine's threads busy, few enough for a phone's memory. */
async function inBatches<From, To>(all: From[], work: (one: From) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) done.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))));
  return done;
}

/** With the run after each; ends before the first frame that cannot be read, and says why. */
async function inOrder(log: Log, after: number, halves: (Half | Refusal)[]): Promise<{ timed: Timed[]; refusal: Refusal | null }> {
  const timed: Timed[] = [];
  let run = runOf(log, after);
  for (const [at, half] of halves.entries()) {
    if (half instanceof Refusal) return { timed, refusal: half };
    run = await nextRun(run, half.frame.id);
    timed.push({ ...half, seq: after + at + 1, run });
  }
  return { timed, refusal: null };
}

/** What each entry's author signed, with the key at her place in the epoch that it names. */
function signedIn(log: Log, timed: Timed[]): (one: Timed) => Signed {
  const bodies = new Map<EntryId, EpochBody>(log.epochs.map(({ id, body }) => [id, body]));
  for (const { frame, body } of timed) if (body && !(body instanceof Refusal)) bodies.set(frame.id, body);
  return ({ frame: { head, headBytes, bodyHash, sig, id } }) => {
    const key = bodies.get(head.ctl ?? id)?.members[head.who]?.card.sign_pk ?? NOBODY;
    return { key, sig, bytes: labelled('entry', headBytes, bodyHash) };
  };
}

/** Places that this very device has checked before: all up to `checked`, if the run there is the one that it kept. */
function trustedUpTo(timed: Timed[], checked: Pin | null): number {
  const there = checked && timed[checked.seq - (timed[0]?.seq ?? 1)];
  return there && there.run === checked.run ? checked.seq : 0;
}

async function readAll(log: Log, { after, frames, held }: Listing, checked: Pin | null): Promise<{ reads: Read[]; refusal: Refusal | null }> {
  const { timed, refusal } = await inOrder(log, after, await inBatches(frames, readHalf));
  const trusted = trustedUpTo(timed, checked);
  const fresh = timed.filter(({ seq }) => seq > trusted);
  const answers = await areSigned(fresh.map(signedIn(log, timed)));
  const forged = new Set(fresh.filter((_, at) => answers[at] !== true));
  const listed = new Set(held);
  return { reads: timed.map((one) => ({ ...one, signed: !forged.has(one), held: !one.frame.body && listed.has(one.seq) })), refusal };
}

/** Gives a place its frame, which has to be the one that was checked; another one is `altered`, in its place. */
export function bring(log: Log, seq: number, frame: Frame): boolean {
  const entry = entryAt(log, seq);
  if (entry.frame?.body) return false;
  entry.altered = frame.id !== entry.id;
  if (entry.altered || (entry.frame && !frame.body)) return entry.altered;
  entry.frame = log.erased.has(seq) ? { ...frame, body: null } : frame;
  if (frame.body) entry.held = false;
  return true;
}

/** As `bring`, for what this device's store or the server gave for a place; what is no frame is `altered` too. */
export async function bringBytes(log: Log, seq: number, bytes: Bytes | string): Promise<void> {
  try {
    bring(log, seq, await readFrame(bytesOf(bytes)));
  } catch (error) {
    asRefusal(error);
    const entry = entryAt(log, seq);
    entry.altered = !entry.frame?.body;
  }
}

/** What was erased just now goes from this device too. */
function dropErased(log: Log, known: ReadonlySet<number>): number[] {
  const gone = [...log.erased].filter((seq) => !known.has(seq));
  for (const seq of gone) {
    const entry = entryAt(log, seq);
    if (entry.frame) entry.frame = { ...entry.frame, body: null };
    entry.held = false;
    entry.inside = undefined;
  }
  return gone;
}

async function takeReads(log: Log, reads: Read[], { after, extent }: { after: number; extent: Extent }, changed: Set<number>): Promise<void> {
  const overlap = Math.max(0, countOf(log) - after);
  for (const [at, { frame }] of reads.slice(0, overlap).entries()) {
    const entry = entryAt(log, after + at + 1);
    if (entry.id !== frame.id) throw new Refusal('fork', `place ${entry.seq} was another before`);
    if (!log.erased.has(entry.seq) && bring(log, entry.seq, frame)) changed.add(entry.seq);
  }
  for (const read of reads.slice(overlap)) changed.add((await admit(log, read, extent)).seq);
}

function checkEnd(log: Log, { after, count, frames }: Listing): Alarm | null {
  if (count === null) return log.alarm;
  const ours = countOf(log);
  const pinned = Math.max(0, ...log.pins.keys());
  if (count < ours || ours < pinned) return { code: 'rollback', seq: Math.min(count, ours) };
  for (const [seq, run] of log.pins) if (runOf(log, seq) !== run) return { code: 'fork', seq };
  return after + frames.length === count ? null : { code: 'gap', seq: ours + 1 };
}

export interface Outcome { changed: Set<number>; gone: number[]; behind: boolean }

/** Runs every rule over a listing; what stands before the first failure is taken, and `log.alarm` says where it stopped. */
export async function takeListing(
  log: Log, listing: Listing, { checked = null, extent = 'log' }: { checked?: Pin | null; extent?: Extent } = {}
): Promise<Outcome> {
  const changed = new Set<number>();
  if (listing.after > countOf(log)) return { changed, gone: [], behind: true };
  if (listing.count === null && log.alarm) return { changed, gone: [], behind: false };
  const known = new Set(log.erased);
  const { reads, refusal } = await readAll(log, listing, checked);
  try {
    await takeReads(log, reads, { after: listing.after, extent }, changed);
    if (refusal) throw refusal;
    log.alarm = listing.more ? null : checkEnd(log, listing);
  } catch (error) {
    log.alarm = { code: asRefusal(error).code, seq: countOf(log) + 1 };
  }
  log.partial = (listing.more ?? (listing.count === null && log.partial)) && !log.alarm;
  const gone = dropErased(log, known);
  gone.forEach((seq) => changed.add(seq));
  return { changed, gone, behind: false };
}
