/** What the worker holds in memory while a person is unlocked, and nowhere else. */
import { toText } from './encoding.ts';
import type { Identity } from './identity.ts';
import type { Log } from './log.ts';
import { random } from './primitives.ts';
import { refuse } from './refusals.ts';
import { newTalk, type Talk } from './signals.ts';
import type { Stored } from './stored.ts';
import type { Me, Pid, Sid, Writer } from './types.ts';
import type { Keys } from './unlocking.ts';
import type { Author } from './writing.ts';

interface Space { log: Log; talk: Talk | null; queue: Promise<unknown> }

export interface Session {
  now: () => number;
  origin: string | null;
  writer: Writer;
  identity: Identity | null;
  /** identities before a change of keys: they still open what was */
  older: Identity[];
  ownSid: Sid | null;
  spaces: Map<Sid, Space>;
  /** stored logs that are open, until their frames come */
  recalled: Map<Sid, Stored>;
  /** keys of the sign-in under way, so that a passphrase is stretched once */
  stretched: { name: string; keys: Promise<Keys> } | null;
}

export function newSession(now: () => number): Session {
  return {
    now, origin: null, writer: toText(random(8)), identity: null, older: [], ownSid: null, spaces: new Map(), recalled: new Map(),
    stretched: null
  };
}

export function unlocked({ identity }: Session): Identity {
  return identity ?? refuse('locked');
}

export function identities(session: Session): Identity[] {
  return [unlocked(session), ...session.older];
}

export function ownPids(session: Session): Set<Pid> {
  return new Set(identities(session).map(({ pid }) => pid));
}

export function meOf(session: Session): Me {
  const { pid, card } = unlocked(session);
  return { pid, card, writer: session.writer, ownSid: session.ownSid };
}

/** Begins a person's time in this worker; whoever was there before is wiped. */
export function enter(session: Session, identity: Identity, ownSid: Sid | null): Me {
  wipe(session);
  session.identity = identity;
  session.ownSid = ownSid;
  return meOf(session);
}

export function wipe(session: Session): void {
  for (const identity of [session.identity, ...session.older]) identity?.root.fill(0);
  for (const { log } of session.spaces.values()) for (const key of log.keys.values()) key?.bytes.fill(0);
  Object.assign(session, {
    identity: null, older: [], ownSid: null, spaces: new Map(), recalled: new Map(), stretched: null, writer: toText(random(8))
  });
}

/** Who writes in this space: after a change of keys, whichever of one's identities it still knows. */
export function authorIn(session: Session, log: Log): Author {
  const members = log.epoch?.body.members ?? [];
  const identity = identities(session).find(({ pid }) => members.some((row) => row.pid === pid)) ?? unlocked(session);
  return { identity, writer: session.writer, now: session.now() };
}

export function talkOf(session: Session, sid: Sid): Talk {
  const space = session.spaces.get(sid) ?? refuse('not-loaded');
  space.talk ??= newTalk(space.log, { pid: authorIn(session, space.log).identity.pid, writer: session.writer });
  return space.talk;
}

/** Runs `work` on a space's log, after whatever is under way there: two listings never interleave. */
export async function inTurn<T>(session: Session, sid: Sid, work: (log: Log) => Promise<T>): Promise<T> {
  unlocked(session);
  const space = session.spaces.get(sid) ?? refuse('not-loaded', sid);
  const turn = space.queue.then(() => work(space.log));
  space.queue = turn.catch(() => null); // its caller hears of it; the next in turn need not
  return turn;
}
