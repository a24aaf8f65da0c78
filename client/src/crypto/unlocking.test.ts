/** Ways in, staying in, and the own space that witnesses them. */
import { describe, expect, it } from 'vitest';
import { codeOf, invited, NOON, person, Shelf, type Person } from './cast.test-support.ts';
import { createEngine } from './engine.ts';
import { asList, decode, encode, toBytes, toText, utf8 } from './encoding.ts';
import { newLog } from './log.ts';
import { enter, newSession, wipe } from './session.ts';
import { identityOf, makeResume, sealRecord } from './identity.ts';
import { random, secretOf, kdf } from './primitives.ts';
import type { Bytes, Crypto, Unlock } from './types.ts';
import { codeText } from './unlocking.ts';

const PASSPHRASE = 'ocean able candy drift embrace fossil';

async function therapist(): Promise<Person & { own: Shelf }> {
  const who = await person();
  const { sid, frame } = await who.engine.foundOwn();
  const own = new Shelf(sid, [frame]);
  await own.list(who);
  return { ...who, own };
}

async function fresh(): Promise<Crypto> {
  const engine = createEngine({ now: () => NOON });
  await engine.setOrigin('https://a.example');
  return engine;
}

describe('unlocking', () => {
  it('opens by passphrase, printed code and room link, and by nothing else', async () => {
    const who = await therapist();
    const code = await who.engine.drawCode();
    const passphrase: Unlock = { kind: 1, login: 'mary', secret: PASSPHRASE };
    const ways: Unlock[] = [passphrase, { kind: 2, login: 'mary', secret: code.text }];
    for (const way of ways) {
      const method = await who.engine.makeMethod(way);
      expect(asList(decode(method.item), 2)).toEqual([toBytes(method.mid, 16), method.record]);
      const engine = await fresh();
      const asked = await engine.signInSecret(way);
      expect(asked).toEqual({ login: method.login, loginSecret: method.loginSecret });
      const me = await engine.openRecord(method.record, way);
      expect([me.pid, me.ownSid]).toEqual([who.me.pid, who.own.sid]);
      expect(await codeOf(() => engine.openRecord(method.record, { ...way, login: 'john' }))).toBe(way.kind === 1 ? 'wrong-secret' : 'done');
    }
    const link = await who.engine.makeRoomLink(who.me.pid);
    const engine = await fresh();
    const read = await engine.readRoomLink(link.fragment);
    expect([read.login, read.loginSecret]).toEqual([link.login, link.loginSecret]);
    expect(toText(read.keeperStart)).toBe(toText(toBytes(who.me.pid).slice(0, 16)));
    expect((await engine.openRecord(link.record, read.unlock)).pid).toBe(who.me.pid);
    expect(await codeOf(() => engine.readRoomLink(link.fragment.slice(1)))).toBe('torn');
  });
  it('a login secret is worth nothing elsewhere', async () => {
    const here = await (await fresh()).signInSecret({ kind: 1, login: 'mary', secret: PASSPHRASE });
    const there = createEngine();
    await there.setOrigin('https://b.example');
    expect((await there.signInSecret({ kind: 1, login: 'mary', secret: PASSPHRASE })).loginSecret).not.toBe(here.loginSecret);
  });
  it.each<[string, Unlock]>([
    ['a short passphrase', { kind: 1, login: 'mary', secret: 'too short' }], ['a capital login', { kind: 1, login: 'Mary', secret: PASSPHRASE }],
    ['a short code', { kind: 2, login: 'mary', secret: '000G-40R4' }], ['half a link', { kind: 3, secret: new Uint8Array(8) }]
  ])('mistyped: %s', async (_, way) => { expect(await codeOf(async () => (await fresh()).signInSecret(way))).toBe('mistyped'); });
  it('a code is read as people type it, and a wrong sign is noticed', async () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, at) => at * 13);
    const typed = (await codeText(bytes)).toLowerCase().replaceAll('1', 'I').replaceAll('0', '٠').replaceAll('-', ' ');
    const engine = await fresh();
    const way = (secret: string | Bytes): Unlock => ({ kind: 2, login: 'mary', secret });
    expect(await engine.signInSecret(way(typed))).toEqual(await engine.signInSecret(way(bytes)));
  });
  it('altered: a record that holds the root of another', async () => {
    const [mary, john] = [await identityOf(random(32)), await identityOf(random(32))];
    const key = await secretOf(await kdf(await secretOf(new Uint8Array(32)), 'unlock', [0]));
    const record = await sealRecord({ ...john, pidBytes: mary.pidBytes }, { key, mid: random(16), kind: 0, ownSid: random(32) });
    expect(await codeOf(async () => (await fresh()).openRecord(record, { kind: 0, login: 'mary', secret: new Uint8Array(32) }))).toBe('altered');
  });
  it('stays open over a reload: disk and session together, neither alone', async () => {
    const who = await person();
    const device = random(8);
    const { record, share } = await who.engine.makeResume(device);
    expect((await (await fresh()).openResume(record, share, device)).pid).toBe(who.me.pid);
    expect(await codeOf(async () => (await fresh()).openResume(record, random(32), device))).toBe('wrong-secret');
    expect(await codeOf(async () => (await fresh()).openResume(record, share, random(8)))).toBe('wrong-secret');
    const [, ...rest] = decode(record);
    expect(await codeOf(async () => (await fresh()).openResume(encode(2, ...rest), share, device))).toBe('newer');
    const [, , sealed] = decode((await makeResume(await identityOf(who.root.slice()), device)).record);
    expect(await codeOf(async () => (await fresh()).openResume(encode(1, random(32), sealed!), share, device))).toBe('wrong-secret');
  });
  it('locked: nothing is left to ask for', async () => {
    const { keeper, room } = await invited();
    await keeper.engine.lock();
    expect(await keeper.engine.me()).toBe(null);
    const asks = [(e: Crypto) => e.rootForDevice(), (e: Crypto) => e.signIn(random(16)), (e: Crypto) => e.space(room.sid), (e: Crypto) => e.qr(keeper.me.pid)];
    for (const ask of asks) expect(await codeOf(() => ask(keeper.engine))).toBe('locked');
    await keeper.engine.openRoot(keeper.root, null);
    expect(await codeOf(() => keeper.engine.space(room.sid))).toBe('not-loaded');
  });
  it('locking leaves no root and no key behind in memory', async () => {
    const session = newSession(() => NOON);
    const [now, before] = [await identityOf(random(32)), await identityOf(random(32))];
    enter(session, now, null);
    session.older.push(before);
    const log = newLog(now.pid);
    const key = { bytes: random(32), secret: now.secret };
    log.keys.set(1, key);
    session.spaces.set(now.pid, { log, talk: null, queue: Promise.resolve() });
    wipe(session);
    for (const bytes of [now.root, before.root, key.bytes]) expect(bytes).toEqual(new Uint8Array(32));
    expect([session.identity, session.older, session.spaces.size, session.stretched]).toEqual([null, [], 0, null]);
  });
  it('seals local things by device and name', async () => {
    const { engine } = await person();
    const device = random(8);
    const sealed = await engine.sealLocal(device, 'pins', utf8('x'));
    expect(await engine.openLocal(device, 'pins', sealed)).toEqual(utf8('x'));
    expect(await codeOf(() => engine.openLocal(device, 'outbox', sealed))).toBe('altered');
    expect(await codeOf(() => engine.openLocal(random(8), 'pins', sealed))).toBe('altered');
  });
  it('draws six words, never the same', async () => {
    const { engine } = await person();
    const drawn = await engine.drawWords();
    expect(drawn).toHaveLength(6);
    expect(await engine.drawWords()).not.toEqual(drawn);
  });
});

describe('the own space', () => {
  it('is no shared space put in its place', async () => {
    const { keeper, client, room } = await invited();
    for (const who of [keeper, client]) {
      await who.engine.setOwnSid(room.sid);
      expect((await room.list(who)).space.alarm?.code).toBe('not-yours');
    }
  });
  it('has a second witness in each shared space', async () => {
    const { keeper, own, room } = await invited();
    const content = await keeper.engine.ownAt(room.sid);
    expect(await keeper.engine.checkOwnAt(room.sid, content)).toBe(null);
    const fewer = await person(keeper.root);
    await fewer.engine.setOwnSid(own.sid);
    await new Shelf(own.sid, own.frames.slice(0, 1)).list(fewer);
    expect(await fewer.engine.checkOwnAt(room.sid, content)).toEqual({ code: 'rollback', seq: 2 });
    await new Shelf(own.sid, own.frames.slice(0, 1)).say(fewer, 'instead', { drawer: 2 });
    expect(await fewer.engine.checkOwnAt(room.sid, content)).toEqual({ code: 'fork', seq: 2 });
    expect(await fewer.engine.checkOwnAt(own.sid, content)).toBe(null);
  });
  it('opens what was before a change of keys, by the old root', async () => {
    const who = await therapist();
    await who.own.say(who, 'before', { drawer: 2 });
    const now = await person();
    const assents: never[] = [];
    await who.own.add(who, (engine, sid) => engine.sealEpoch(sid, { do: 'add', card: now.me.card, role: 0, past: true, assents }));
    await now.engine.setOwnSid(who.own.sid);
    const { entries, space } = await who.own.list(now);
    expect([space.alarm, entries[1]!.item!.state, space.epoch.past]).toEqual([null, 'open', 'fits']);
    expect(await now.engine.addOldRoot(who.root)).toBe(who.me.pid);
    expect((await now.engine.views(who.own.sid, 2, 2))[0]!.mine).toBe(true);
    await who.own.say(now, 'after', { drawer: 2 });
    expect((await who.own.list(who)).space.alarm).toBe(null);
  });
});
