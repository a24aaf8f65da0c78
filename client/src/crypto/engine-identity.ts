/** The engine's calls about oneself: unlocking, locking, comparing. */
import { encode, exact, toBytes, toText, utf8 } from './encoding.ts';
import { identityOf, makeResume, openLocal, openRecord, openResume, readRecord, sealLocal, sealRecord, signIn } from './identity.ts';
import { random, sha256 } from './primitives.ts';
import { demand, Refusal, refuse } from './refusals.ts';
import { fingerprint, qrOf, readQr, safetyNumber } from './safety.ts';
import { enter, meOf, unlocked, wipe, type Session } from './session.ts';
import type { Crypto, Method, Unlock } from './types.ts';
import { codeText, drawWords, keysOf, readRoomLink, type Keys } from './unlocking.ts';

const originOf = ({ origin }: Session): string => origin ?? refuse('locked', 'set the origin first');

/** Stretched once for sign-in and opening; forgotten when the record is open. Remembered by a hash, not by what was typed. */
async function keysFor(session: Session, unlock: Unlock): Promise<Keys> {
  const secret = typeof unlock.secret === 'string' ? unlock.secret : toText(unlock.secret);
  const name = toText(await sha256(utf8(JSON.stringify([unlock.kind, unlock.login, secret]))));
  if (session.stretched?.name !== name) session.stretched = { name, keys: keysOf(unlock, originOf(session)) };
  return session.stretched.keys;
}

function notBySecret(refusal: unknown): null {
  if (refusal instanceof Refusal && refusal.code === 'wrong-secret') return null;
  throw refusal;
}

async function makeMethod(session: Session, unlock: Unlock): Promise<Method> {
  const identity = unlocked(session);
  const ownSid = session.ownSid ?? refuse('not-loaded', 'found the own space first');
  const { login, loginSecret, unlocking } = await keysOf(unlock, originOf(session));
  const mid = random(16);
  const record = await sealRecord(identity, { key: unlocking, mid, kind: unlock.kind, ownSid: toBytes(ownSid, 32) });
  return { mid: toText(mid), kind: unlock.kind, login, loginSecret, record, item: encode(mid, record) };
}

function being(session: Session) {
  return {
    setOrigin: async (origin) => { session.origin = origin; },
    create: async () => enter(session, await identityOf(random(32)), null),
    openRoot: async (root, ownSid) => enter(session, await identityOf(exact(root)), ownSid),
    rootForDevice: async () => unlocked(session).root.slice(),
    me: async () => (session.identity ? meOf(session) : null),
    setOwnSid: async (sid) => { session.ownSid = sid; },
    addOldRoot: async (root) => {
      const identity = await identityOf(exact(root));
      const isKnown = [unlocked(session), ...session.older].some(({ pid }) => pid === identity.pid);
      if (!isKnown) session.older.push(identity);
      return identity.pid;
    },
    lock: async () => { wipe(session); },
    makeResume: async (device) => makeResume(unlocked(session), device),
    openResume: async (record, share, device) => enter(session, await openResume(record, { share, device }), null),
    signIn: async (nonce) => signIn(unlocked(session), { origin: originOf(session), nonce }),
    sealLocal: async (device, name, plain) => sealLocal(unlocked(session), device, name, plain),
    openLocal: async (device, name, sealed) => openLocal(unlocked(session), device, name, sealed)
  } satisfies Partial<Crypto>;
}

function unlocking(session: Session) {
  return {
    drawWords: async () => drawWords(),
    drawCode: async () => {
      const bytes = random(16);
      return { bytes, text: await codeText(bytes) };
    },
    makeMethod: async (unlock) => makeMethod(session, unlock),
    signInSecret: async (unlock) => {
      const { login, loginSecret } = await keysFor(session, unlock);
      return { login, loginSecret };
    },
    openRecord: async (record, unlock) => {
      demand(readRecord(record).kind === unlock.kind, 'wrong-secret', 'a record of another kind');
      const { unlocking } = await keysFor(session, unlock);
      const { identity, ownSid } = await openRecord(record, unlocking);
      return enter(session, identity, ownSid && toText(ownSid));
    },
    opensRecord: async (record, unlock) => {
      if (readRecord(record).kind !== unlock.kind) return false;
      const { unlocking } = await keysOf(unlock, originOf(session));
      return (await openRecord(record, unlocking).catch(notBySecret)) !== null;
    },
    makeRoomLink: async (keeper) => {
      const secret = random(16);
      const fragment = toText(Uint8Array.from([...secret, ...toBytes(keeper, 32).slice(0, 16)]));
      return { ...(await makeMethod(session, { kind: 3, secret })), fragment };
    },
    readRoomLink: async (fragment) => {
      const { secret, keeperStart } = readRoomLink(fragment);
      const unlock = { kind: 3, secret } as const;
      const { login, loginSecret } = await keysFor(session, unlock);
      return { login, loginSecret, unlock, keeperStart };
    }
  } satisfies Partial<Crypto>;
}

function comparing(session: Session) {
  return {
    fingerprint: async (pid) => fingerprint(pid),
    safetyNumber: async (other) => safetyNumber(unlocked(session).pid, other),
    qr: async (other) => qrOf(unlocked(session).pid, other),
    readQr: async (scanned, other) => readQr(scanned, unlocked(session).pid, other)
  } satisfies Partial<Crypto>;
}

export function identityCalls(session: Session) {
  return { ...being(session), ...unlocking(session), ...comparing(session) };
}
