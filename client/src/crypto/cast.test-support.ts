/** The people of the tests, a server that keeps what it is given, and a forger who writes whatever she likes and signs it well. */
import { createEngine } from './engine.ts';
import { encode, exact, toBytes, toText, type Value } from './encoding.ts';
import { commitOf } from './items.ts';
import { EPOCH, frameBytes, readFrame, wholeFrame } from './frames.ts';
import { identityOf, type Identity } from './identity.ts';
import { epochBytes, type EpochBody } from './epochs.ts';
import { wrapFor } from './epochkeys.ts';
import { takeListing } from './listing.ts';
import { countOf, epochOf, lastOf, newLog, runOf, type Log } from './log.ts';
import { random, sha256, sign } from './primitives.ts';
import { Refusal } from './refusals.ts';
import type { Bytes, Crypto, Me, NewItem, Sid, Taken } from './types.ts';
import { utf8 } from './encoding.ts';

export const NOON = 1_800_000_000_000;
export const DAY = 86_400_000;

export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'done';
}

/** A person with one page open. */
export interface Person { engine: Crypto; me: Me; root: Bytes; clock: { now: number } }

export async function person(root: Bytes = random(32)): Promise<Person> {
  const clock = { now: NOON };
  const engine = createEngine({ now: () => clock.now });
  await engine.setOrigin('https://a.example');
  return { engine, me: await engine.openRoot(root, null), root, clock };
}

/** One space's server: appends, lists, and keeps no rules of its own. */
export class Shelf {
  readonly sid: Sid;
  frames: Bytes[];
  constructor(sid: Sid, frames: Bytes[]) {
    this.sid = sid;
    this.frames = frames;
  }
  async list({ engine }: Person): Promise<Taken> {
    const after = await engine.space(this.sid).then(({ count }) => count, () => 0);
    return engine.take(this.sid, { after, count: this.frames.length, frames: this.frames.slice(after), held: [] });
  }
  async add(who: Person, seal: (engine: Crypto, sid: Sid) => Promise<{ frame: Bytes }>): Promise<Taken> {
    await this.list(who);
    this.frames.push((await seal(who.engine, this.sid)).frame);
    return this.list(who);
  }
  say(who: Person, text: string, more: Partial<NewItem> = {}): Promise<Taken> {
    const item: NewItem = { drawer: 0, kind: 'message', version: 1, content: encode(text), ...more };
    return this.add(who, (engine, sid) => engine.sealItem(sid, item));
  }
  /** Puts the bare form in an entry's place, as a server does after an erasure, or without being asked. */
  async strip(seq: number): Promise<void> {
    const frame = await readFrame(this.frames[seq - 1] ?? new Uint8Array(0));
    this.frames[seq - 1] = frameBytes({ ...frame, body: null });
  }
}

export interface Room { keeper: Person; client: Person; room: Shelf; own: Shelf; fragment: string; record: Bytes }

/** A keeper with an own space, and a client who came by her invitation. */
export async function invited(policy: [0 | 1 | 2, number][] = [], expires = NOON + 7 * DAY): Promise<Room> {
  const keeper = await person();
  const founding = await keeper.engine.foundOwn();
  const own = new Shelf(founding.sid, [founding.frame]);
  const invitation = await keeper.engine.makeInvitation({ others: [], policy, expires, note: 'welcome' });
  await own.add(keeper, (engine, sid) => engine.sealItem(sid, { drawer: 2, kind: 'invite', version: 1, content: invitation.item }));
  const client = await person();
  const { shared } = await client.engine.foundFrom(invitation.fragment, invitation.record);
  const room = new Shelf(shared.sid, [shared.frame]);
  await room.list(client);
  await room.list(keeper);
  return { keeper, client, room, own, fragment: invitation.fragment, record: invitation.record };
}

/** The log as a bystander without keys has it: what the rules alone say. */
export async function bystander(shelf: Shelf): Promise<Log> {
  const log = newLog(shelf.sid);
  await takeListing(log, { after: 0, count: shelf.frames.length, frames: shelf.frames, held: [] });
  return log;
}

export type HeadFields = [type: Value, ctl: Value, who: Value, writer: Value, iid: Value, prev: Value, seen: Value, run: Value, time: Value, extra: Value];

/** Writes an entry as this person, every field as an honest page would have it unless changed; signed well in any case. */
export class Forger {
  readonly identity: Identity;
  readonly log: Log;
  readonly writer = random(8);
  constructor(identity: Identity, log: Log) {
    this.identity = identity;
    this.log = log;
  }
  static async of({ root }: { root: Bytes }, shelf: Shelf): Promise<Forger> {
    return new Forger(await identityOf(root.slice()), await bystander(shelf));
  }
  head(type: number, extra: Value): HeadFields {
    const { log, identity } = this;
    const seen = countOf(log);
    const who = epochOf(log).body.members.findIndex(({ pid }) => pid === identity.pid);
    const last = lastOf(log, identity.pid, toText(this.writer));
    return [type, toBytes(epochOf(log).id), Math.max(who, 0), this.writer, random(16), last ? toBytes(last.id) : null, seen, toBytes(runOf(log, seen)), NOON, extra];
  }
  async entry(head: HeadFields, body: Bytes): Promise<Bytes> {
    const bytes = encode(...head);
    return wholeFrame(bytes, body, await sign(this.identity.signing, 'entry', bytes, await sha256(body)));
  }
  item(change: (head: HeadFields) => void = () => undefined, extra: Value = [0, []]): Promise<Bytes> {
    const head = this.head(1, extra);
    change(head);
    return this.entry(head, utf8('sealed by nobody'));
  }
  erase(ranges: Value): Promise<Bytes> {
    return this.entry(this.head(2, ranges), new Uint8Array(0));
  }
  leave(): Promise<Bytes> {
    return this.entry(this.head(3, null), new Uint8Array(0));
  }
  /** The next epoch with the same people, unless changed; wraps are renewed to fit `members`. */
  async epoch(change: (body: EpochBody) => void = () => undefined): Promise<Bytes> {
    const { sid } = this.log;
    const { body: last } = epochOf(this.log);
    const key = random(32);
    const body: EpochBody = { ...last, n: last.n + 1, salt: null, proof: null, past: [], assents: [], members: [...last.members] };
    change(body);
    body.commit = await commitOf(sid, body.n, key);
    body.wraps = await Promise.all(body.members.map((row) => wrapFor(row, sid, body.n, key)));
    return this.entry(this.head(EPOCH, null), epochBytes(body));
  }
}

/** The code with which a bystander refuses this frame as the next entry; 'taken' if it is let in. */
export async function refusalOf(shelf: Shelf, ...frames: Bytes[]): Promise<string> {
  const log = await bystander(shelf);
  const after = countOf(log);
  await takeListing(log, { after, count: after + frames.length, frames: frames.map(exact), held: [] });
  return log.alarm?.code ?? 'taken';
}

