/** The engine's calls about spaces: founding, taking, writing, inviting. */
import { exact, toText } from './encoding.ts';
import { takeKeys } from './epochkeys.ts';
import { readEpoch, type EpochBody } from './epochs.ts';
import { EPOCH, frameBytes, ITEM, readFrame, type Frame } from './frames.ts';
import { openLocal, sealLocal } from './identity.ts';
import { iidOf, isKnock, judgeFounding, KNOCK_POLICY, makeInvitation, openInvitation, proofOf, readInvite, readLink } from './invitations.ts';
import { insideOf } from './items.ts';
import { checkCard, pidOf } from './keys.ts';
import { bring, bringBytes, takeListing, type Outcome } from './listing.ts';
import { countOf, entryAt, epochOf, newLog, placeOf, runOf, type Entry, type Log } from './log.ts';
import { openOwnAt, sealOwnAt } from './ownspace.ts';
import { demand, refuse } from './refusals.ts';
import { authorIn, identities, inTurn, ownPids, unlocked, type Session } from './session.ts';
import type { Bytes, Card, Crypto, EntryView, Founding, Invite, Judgement, Listing, Pin, Sid, Taken } from './types.ts';
import { readStored, replay, standsApart, writeStored, type Stored } from './stored.ts';
import { entryViews, spaceView, type Onlooker } from './views.ts';
import { found, sealAssent, sealEdit, sealEpoch, sealErasure, sealItem, sealLeave } from './writing.ts';

const onlooker = (session: Session): Onlooker => ({ own: ownPids(session), now: session.now() });

function logFor(session: Session, sid: Sid): void {
  if (!session.spaces.has(sid)) session.spaces.set(sid, { log: newLog(sid), talk: null, queue: Promise.resolve() });
}

/** The own space is only oneself, as keeper, and keeps everything: no shared space may stand in its place. */
function checkOwn(session: Session, log: Log): void {
  if (log.sidText !== session.ownSid || log.alarm || !log.epoch) return;
  const { members, policy } = epochOf(log).body;
  const isOwn = members.every(({ role }) => role === 0) && members.some(({ pid }) => pid === unlocked(session).pid) && !policy.length;
  if (!isOwn) log.alarm = { code: 'not-yours', seq: epochOf(log).seq };
}

async function taken(session: Session, log: Log, { changed, gone, behind }: Outcome): Promise<Taken> {
  demand(log.epoch, log.alarm?.code ?? 'gap', 'nothing of this space could be taken');
  return { entries: await viewsOf(session, log, changed), space: spaceView(log, ownPids(session)), gone, behind };
}

async function take(session: Session, log: Log, listing: Listing, checked: Pin | null = null): Promise<Taken> {
  const known = log.epochs.length;
  const had = new Set(log.keys.keys());
  const { changed, gone, behind } = await takeListing(log, listing, { checked });
  await takeKeys(log, identities(session), known);
  for (const { n, seq, head, frame } of log.entries) if (frame && head.type === ITEM && !had.has(n) && log.keys.get(n)) changed.add(seq);
  checkOwn(session, log);
  return taken(session, log, { changed: lookedAt(log, changed, listing), gone, behind });
}

/** Nothing of a log is shown before all of it is here. */
const viewsOf = async (session: Session, log: Log, seqs: Iterable<number>): Promise<EntryView[]> =>
  log.partial ? [] : entryViews(log, seqs, onlooker(session));

/** What is looked at of what changed. */
function lookedAt(log: Log, changed: Iterable<number>, { from = 1 }: { from?: number }): Set<number> {
  return new Set([...changed].filter((seq) => seq >= from || log.apart.has(seq) || standsApart(entryAt(log, seq))));
}

/** The newest `invite` item of each link, from the own space. */
async function ownInvites(log: Log): Promise<Invite[]> {
  const newest = new Map<string, Invite>();
  for (const entry of log.entries) {
    if (entry.head.type !== ITEM) continue;
    demand(!entry.held && entry.frame, 'not-loaded', 'fetch the texts of the own space first');
    const inside = await insideOf(log, entry);
    if (inside?.kind !== 'invite') continue;
    const invite = await readInvite(inside.content);
    newest.set(toText(invite.s), invite);
  }
  return [...newest.values()];
}

async function judge(session: Session, log: Log): Promise<Judgement> {
  const founding = log.epochs[0] ?? refuse('not-loaded');
  const founder = entryAt(log, 1).author;
  const own = ownPids(session);
  if (isKnock(founding.body, founder)) return { verdict: 'knock', iid: null, s: null, founder };
  if (own.has(founder)) return { verdict: 'own', iid: null, s: null, founder };
  const keeper = founding.body.members.find(({ pid, role }) => role === 0 && own.has(pid))?.pid;
  if (!keeper) return { verdict: 'not-keeper', iid: null, s: null, founder };
  const invites = await inTurn(session, session.ownSid ?? refuse('not-loaded'), ownInvites);
  return judgeFounding({ sid: log.sid, founder, keeper, body: founding.body, now: session.now() }, invites);
}

async function foundFrom(session: Session, fragment: string, record: Uint8Array) {
  const { keeper, card, others, policy, s } = await openInvitation(fragment, exact(record), session.now());
  const identity = unlocked(session);
  const author = { identity, writer: session.writer, now: session.now() };
  const own = await found(author, { rows: [{ role: 0, card: identity.card }], policy: [] });
  const rows = [{ role: 1 as const, card: identity.card }, { role: 0 as const, card }, ...others];
  const iid = await iidOf(s);
  const shared = await found(author, {
    rows, policy, proof: async (sid) => [iid, await proofOf(s, { sid, client: identity.pid, keeper })]
  });
  session.ownSid = own.sid;
  return { own, shared };
}

/** A space with oneself as keeper and nobody else, which keeps everything. */
function foundAlone(session: Session): Promise<Founding> {
  const identity = unlocked(session);
  const author = { identity, writer: session.writer, now: session.now() };
  return found(author, { rows: [{ role: 0, card: identity.card }], policy: [] });
}

async function foundKnock(session: Session, card: Card) {
  const identity = unlocked(session);
  const keeper = exactCard(card);
  checkCard(keeper);
  const author = { identity, writer: session.writer, now: session.now() };
  const own = await found(author, { rows: [{ role: 0, card: identity.card }], policy: [] });
  const shared = await found(author, { rows: [{ role: 1, card: identity.card }, { role: 0, card: keeper }], policy: KNOCK_POLICY });
  session.ownSid = own.sid;
  return { keeper: await pidOf(keeper), own, shared };
}

const exactCard = ({ sign_pk, recv_pk }: Card): Card => ({ sign_pk: exact(sign_pk), recv_pk: exact(recv_pk) });

function keepPins(log: Log, pins: Pin[]): void {
  for (const { seq, run } of pins) if (seq > 0) log.pins.set(seq, run);
}

function reading(session: Session) {
  const turn = <T>(sid: Sid, work: (log: Log) => Promise<T>): Promise<T> => inTurn(session, sid, work);
  return {
    foundAlone: () => foundAlone(session),
    foundOwn: async () => {
      const founding = await foundAlone(session);
      session.ownSid = founding.sid;
      return founding;
    },
    load: async (sid, { frames, checked, pins, more = false }) => {
      logFor(session, sid);
      return turn(sid, async (log) => {
        keepPins(log, pins);
        return frames.length ? take(session, log, { after: 0, count: null, frames, held: [], more }, checked) : null;
      });
    },
    take: async (sid, listing) => {
      logFor(session, sid);
      return turn(sid, (log) => take(session, log, listing));
    },
    hold: async (sid, pins) => {
      logFor(session, sid);
      return turn(sid, async (log) => { keepPins(log, pins); });
    },
    space: (sid) => turn(sid, async (log) => spaceView(log, ownPids(session))),
    views: (sid, from, to) => turn(sid, (log) => viewsOf(session, log, log.entries.slice(from - 1, to).map(({ seq }) => seq))),
    pin: (sid, seq) => turn(sid, async (log) => ({ seq, run: runOf(log, seq) })),
    frames: (sid, from, to) => turn(sid, async (log) => log.entries.slice(from - 1, to).map(({ frame }) => frameBytes(frame ?? refuse('not-loaded')))),
    find: (sid, iid) => turn(sid, async (log) => {
      const entry = placeOf(log, ownPids(session), iid);
      return entry && { seq: entry.seq, id: entry.id, erased: log.erased.has(entry.seq) };
    }),
    forget: async (sid) => { session.spaces.delete(sid); }
  } satisfies Partial<Crypto>;
}

/** Epochs of a stored log, each the one whose id stands there. */
async function epochsOf({ ids, types }: Stored, brought: [number, Frame][]): Promise<Map<number, EpochBody>> {
  const epochs = new Map<number, EpochBody>();
  for (const [seq, { id, body }] of brought) {
    if (types[seq - 1] !== EPOCH) continue;
    demand(ids[seq - 1] === id && body, 'altered', `the epoch at ${seq} is not what was kept`);
    epochs.set(seq, await readEpoch(body));
  }
  return epochs;
}

/** The log as stored, with what is read whatever is looked at: all of that is here, and is what was checked, or nothing is gone on with. */
async function goOn(session: Session, sid: Sid, brought: [number, Bytes][]): Promise<Log> {
  const stored = session.recalled.get(sid) ?? refuse('not-loaded');
  session.recalled.delete(sid);
  const frames = await Promise.all(brought.map(async ([seq, bytes]): Promise<[number, Frame]> => [seq, await readFrame(exact(bytes))]));
  const log = replay(sid, stored, await epochsOf(stored, frames));
  for (const [seq, frame] of frames) bring(log, seq, frame);
  const isHere = (entry: Entry): boolean => entry.frame !== null || log.erased.has(entry.seq);
  demand([...log.apart].every((seq) => isHere(entryAt(log, seq))), 'altered', 'a frame is not what was kept');
  session.spaces.set(sid, { log, talk: null, queue: Promise.resolve() });
  await takeKeys(log, identities(session), 0);
  return log;
}

function shown(session: Session, log: Log, from: number): Promise<Taken> {
  return taken(session, log, { changed: lookedAt(log, log.entries.map(({ seq }) => seq), { from }), gone: [], behind: false });
}

function storing(session: Session) {
  const turn = <T>(sid: Sid, work: (log: Log) => Promise<T>): Promise<T> => inTurn(session, sid, work);
  const localName = (sid: Sid): string => `stored/${sid}`;
  return {
    store: (sid, device) => turn(sid, (log) => sealLocal(unlocked(session), device, localName(sid), writeStored(log))),
    recall: async (sid, device, sealed) => {
      const stored = readStored(await openLocal(unlocked(session), device, localName(sid), exact(sealed)));
      session.recalled.set(sid, stored);
      return { count: stored.ids.length, needs: stored.apart, whole: stored.whole };
    },
    goOn: async (sid, { brought, frames, checked, pins, from }) => {
      const log = await goOn(session, sid, brought);
      return turn(sid, async () => {
        keepPins(log, pins);
        await take(session, log, { after: countOf(log), count: null, frames, held: [], more: log.partial }, checked);
        return shown(session, log, from);
      });
    },
    shown: (sid, from) => turn(sid, (log) => shown(session, log, from)),
    fill: (sid, from, frames, held) => turn(sid, async (log) => {
      const places = frames.map((_, at) => from + at);
      for (const [at, frame] of frames.entries()) await bringBytes(log, from + at, frame);
      if (held) for (const seq of places) entryAt(log, seq).held = held.includes(seq);
      return viewsOf(session, log, places);
    }),
    kept: (sid, from, to) => turn(sid, async (log) =>
      log.entries.slice(from - 1, to).flatMap(({ seq, frame, held }): [number, Bytes][] => (frame && !held ? [[seq, frameBytes(frame)]] : [])))
  } satisfies Partial<Crypto>;
}

function writing(session: Session) {
  const turn = <T>(sid: Sid, work: (log: Log) => Promise<T>): Promise<T> => inTurn(session, sid, work);
  const ownLog = (): Promise<Log> => inTurn(session, session.ownSid ?? refuse('not-loaded'), async (log) => log);
  return {
    sealItem: (sid, item) => turn(sid, (log) => sealItem(log, authorIn(session, log), item)),
    sealEdit: (sid, edit) => turn(sid, (log) => sealEdit(log, authorIn(session, log), edit)),
    sealEpoch: (sid, change) => turn(sid, (log) => sealEpoch(log, authorIn(session, log), change)),
    assent: (sid, to) => turn(sid, (log) => sealAssent(log, authorIn(session, log), to)),
    leave: (sid) => turn(sid, (log) => sealLeave(log, authorIn(session, log))),
    erase: (sid, seqs) => turn(sid, (log) => sealErasure(log, authorIn(session, log), seqs)),
    ownAt: async (sid) => sealOwnAt(unlocked(session), sid, await ownLog()),
    checkOwnAt: async (sid, content) => openOwnAt(identities(session), sid, exact(content), await ownLog())
  } satisfies Partial<Crypto>;
}

function inviting(session: Session) {
  return {
    makeInvitation: async (invitation) => makeInvitation(unlocked(session), invitation),
    peek: async (fragment, record) => {
      const { iid, keeper, card, others, policy, expires, note } = await openInvitation(fragment, exact(record), session.now());
      return { iid, keeper, card, others, policy, expires, note };
    },
    readLink: async (fragment) => ({ iid: toText((await readLink(fragment)).iid) }),
    foundFrom: (fragment, record) => foundFrom(session, fragment, record),
    foundKnock: (keeper) => foundKnock(session, keeper),
    judge: (sid) => inTurn(session, sid, (log) => judge(session, log))
  } satisfies Partial<Crypto>;
}

export function spaceCalls(session: Session) {
  return { ...reading(session), ...storing(session), ...writing(session), ...inviting(session) };
}

