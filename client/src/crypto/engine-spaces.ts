/** The engine's calls about spaces: founding, taking, writing, inviting. */
import { exact, toBytes, toText } from './encoding.ts';
import { takeKeys } from './epochkeys.ts';
import { readEpoch, type EpochBody } from './epochs.ts';
import { EPOCH, frameBytes, ITEM, readFrame, type Frame } from './frames.ts';
import { openLocal, sealLocal } from './identity.ts';
import { iidOf, isKnock, judgeFounding, KNOCK_POLICY, makeInvitation, openInvitation, proofOf, readInvite, readLink } from './invitations.ts';
import { insideOf } from './items.ts';
import { checkCard, pidOf } from './keys.ts';
import { bring, takeListing, type Outcome } from './listing.ts';
import { countOf, entryAt, epochOf, newLog, placeOf, runOf, type Log } from './log.ts';
import { openOwnAt, sealOwnAt } from './ownspace.ts';
import { demand, refuse } from './refusals.ts';
import { authorIn, identities, inTurn, ownPids, unlocked, type Session } from './session.ts';
import type { Bytes, Card, Crypto, Invite, Judgement, Listing, Pin, Sid, Taken } from './types.ts';
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

async function taken(session: Session, log: Log, { changed, behind }: Outcome): Promise<Taken> {
  demand(log.epoch, log.alarm?.code ?? 'gap', 'nothing of this space could be taken');
  const about = onlooker(session);
  return { entries: await entryViews(log, changed, about), space: spaceView(log, about.own), behind };
}

async function take(session: Session, log: Log, listing: Listing, checked: Pin | null = null): Promise<Taken> {
  const known = log.epochs.length;
  const had = new Set(log.keys.keys());
  const outcome = await takeListing(log, listing, { checked });
  await takeKeys(log, identities(session), known);
  for (const { n, seq, head } of log.entries) if (head.type === ITEM && !had.has(n) && log.keys.get(n)) outcome.changed.add(seq);
  checkOwn(session, log);
  // Nothing of a log is looked at before all of it is here.
  return taken(session, log, listing.more ? { ...outcome, changed: new Set() } : outcome);
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
    foundOwn: async () => {
      const identity = unlocked(session);
      const author = { identity, writer: session.writer, now: session.now() };
      const founding = await found(author, { rows: [{ role: 0, card: identity.card }], policy: [] });
      session.ownSid = founding.sid;
      return founding;
    },
    load: async (sid, { frames, held, checked, pins, more = false }) => {
      logFor(session, sid);
      return turn(sid, async (log) => {
        keepPins(log, pins);
        return frames.length ? take(session, log, { after: 0, count: null, frames, held, more }, checked) : null;
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
    views: (sid, from, to) => turn(sid, (log) => entryViews(log, log.entries.slice(from - 1, to).map(({ seq }) => seq), onlooker(session))),
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
async function epochsOf({ columns }: Stored, brought: [number, Frame][]): Promise<Map<number, EpochBody>> {
  const epochs = new Map<number, EpochBody>();
  for (const [seq, { id, body }] of brought) {
    if (columns.types[seq - 1] !== EPOCH) continue;
    demand(columns.ids[seq - 1] === id && body, 'altered', `the epoch at ${seq} is not what was kept`);
    epochs.set(seq, await readEpoch(body));
  }
  return epochs;
}

async function shown(session: Session, log: Log, from: number): Promise<Taken> {
  const changed = new Set([...log.apart, ...log.entries.filter((entry) => entry.seq >= from || standsApart(entry)).map(({ seq }) => seq)]);
  return taken(session, log, { changed, behind: false });
}

function storing(session: Session) {
  const turn = <T>(sid: Sid, work: (log: Log) => Promise<T>): Promise<T> => inTurn(session, sid, work);
  const recalled = new Map<Sid, Stored>();
  const read = (frame: Bytes | string): Promise<Frame> => readFrame(typeof frame === 'string' ? toBytes(frame) : exact(frame));
  return {
    store: (sid, device) => turn(sid, (log) => sealLocal(unlocked(session), device, `stored/${sid}`, writeStored(log))),
    recall: async (sid, device, stored) => {
      const opened = readStored(await openLocal(unlocked(session), device, `stored/${sid}`, exact(stored)));
      recalled.set(sid, opened);
      return { count: opened.columns.ids.length, needs: opened.needs };
    },
    goOn: async (sid, { brought: given, frames, held, checked, pins, from }) => {
      const stored = recalled.get(sid) ?? refuse('not-loaded');
      recalled.delete(sid);
      const brought = await Promise.all(given.map(async ([seq, frame]): Promise<[number, Frame]> => [seq, await read(frame)]));
      const log = replay(sid, stored.columns, await epochsOf(stored, brought));
      for (const [seq, frame] of brought) bring(log, seq, frame);
      for (const [from, to] of held) for (const entry of log.entries.slice(from - 1, to)) entry.held = !entry.frame?.body && !log.erased.has(entry.seq);
      session.spaces.set(sid, { log, talk: null, queue: Promise.resolve() });
      return turn(sid, async () => {
        keepPins(log, pins);
        await takeKeys(log, identities(session), 0);
        const after = countOf(log);
        await take(session, log, { after, count: null, frames, held: held.flatMap(([from, to]) => placesIn(Math.max(from, after + 1), to)) }, checked);
        return shown(session, log, from);
      });
    },
    shown: (sid, from) => turn(sid, (log) => shown(session, log, from)),
    fill: (sid, from, frames, asked) => turn(sid, async (log) => {
      const places = placesIn(from, asked ?? from + frames.length - 1);
      for (const [at, frame] of frames.entries()) bring(log, from + at, await read(frame));
      if (asked) for (const seq of places) entryAt(log, seq).held = false;
      return entryViews(log, places, onlooker(session));
    })
  } satisfies Partial<Crypto>;
}

const placesIn = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);

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

