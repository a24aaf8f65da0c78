/** The whole of it as the vault uses it: unlocking, own space, rooms, what is gone and why, coming in. */
import { describe, expect, it } from 'vitest';
import { bystander, codeOf, DAY, Forger, invited, NOON, person, Shelf, type Person } from './cast.test-support.ts';
import { createEngine } from './engine.ts';
import { asBytes, asList, decode, encode, exact, toBytes, toText, utf8, type Value } from './encoding.ts';
import { pastFor, wrapFor } from './epochkeys.ts';
import { epochOf, newLog } from './log.ts';
import { enter, newSession, wipe } from './session.ts';
import { identityOf, makeResume, sealRecord, type Identity } from './identity.ts';
import { inviteContent, judgeFounding } from './invitations.ts';
import { random, secretOf, sign, seal, kdf } from './primitives.ts';
import type { Bytes, Crypto, Unlock } from './types.ts';
import { codeText } from './unlocking.ts';

const PASSPHRASE = 'ocean able candy drift embrace fossil';
const textIn = (content: Bytes | null): Value | undefined => (content ? decode(content)[0] : undefined);

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

describe('a room', () => {
  it('each reads what the other wrote; edits count only from the same hand', async () => {
    const { keeper, client, room } = await invited();
    const said = (await room.say(client, 'helo')).entries[0]!;
    expect([said.mine, said.author, textIn(said.item!.content)]).toEqual([true, client.me.pid, 'helo']);
    await room.add(client, (engine, sid) => engine.sealEdit(sid, { id: said.id, kind: 'message', version: 1, content: encode('hello') }));
    const seen = (await room.list(keeper)).entries;
    expect(seen.map(({ item, edit }) => [textIn(item!.content), edit && textIn(edit.content), edit?.seq])).toEqual([
      ['helo', null, undefined], [toBytes(said.id), 'hello', 2]
    ]);
    expect(await codeOf(() => keeper.engine.sealEdit(room.sid, { id: said.id, kind: 'message', version: 1, content: encode('x') }))).toBe('not-yours');
    const false_ = encode(toBytes(said.id), 'message', 1, encode('forged'));
    const { entries } = await room.say(keeper, '', { kind: 'edit', content: false_ });
    expect([entries[0]!.item!.kind, entries[0]!.edit]).toEqual(['edit', null]);
  });
  it('erases with the edits, on every device, and its edits are never shown again', async () => {
    const { keeper, client, room } = await invited();
    const said = (await room.say(client, 'regret')).entries[0]!;
    await room.add(client, (engine, sid) => engine.sealEdit(sid, { id: said.id, kind: 'message', version: 1, content: encode('still') }));
    await room.list(keeper);
    await room.add(client, (engine, sid) => engine.erase(sid, [2]));
    const { entries } = await room.list(keeper);
    expect(entries.map(({ seq, item, erased }) => [seq, item?.state, erased])).toEqual([
      [2, 'gone-erased', null], [3, 'gone-erased', null], [4, undefined, [[2, 3]]]
    ]);
    expect((await keeper.engine.frames(room.sid, 2, 2))[0]!.length).toBeLessThan(260);
    expect(await codeOf(() => client.engine.erase(room.sid, [1]))).toBe('rights');
    const again = (await room.say(client, 'once more')).entries[0]!;
    await room.add(client, (engine, sid) => engine.sealEdit(sid, { id: again.id, kind: 'message', version: 1, content: encode('kept by a bad client') }));
    room.frames.push(await (await Forger.of(client, room)).erase([[again.seq, again.seq]]));
    await room.list(keeper);
    expect((await keeper.engine.views(room.sid, 6, 6))[0]).toMatchObject({ item: { state: 'open' }, edit: null });
    await room.say(keeper, 'mine');
    await room.list(client);
    expect(await codeOf(() => client.engine.erase(room.sid, [8]))).toBe('rights');
  });
  it('finds by iid, keeps frames, pins', async () => {
    const { client, room } = await invited();
    const iid = toText(random(16));
    expect(await client.engine.find(room.sid, iid)).toBe(null);
    const { entries, space } = await room.say(client, 'x', { iid });
    expect(await client.engine.find(room.sid, iid)).toEqual({ seq: 2, id: entries[0]!.id });
    expect(await client.engine.frames(room.sid, 1, 2)).toEqual(room.frames);
    expect(await client.engine.pin(room.sid, 2)).toEqual({ seq: 2, run: space.run });
    expect(await codeOf(() => client.engine.pin(room.sid, 3))).toBe('not-loaded');
  });
  it('a device goes on from its own cache, and notices when the server shows less', async () => {
    const { keeper, client, room } = await invited();
    const { space } = await room.say(client, 'x');
    const device = await person(keeper.root);
    const cached = { frames: room.frames, held: [], checked: { seq: 2, run: space.run }, pins: [{ seq: 2, run: space.run }] };
    expect((await device.engine.load(room.sid, cached))!.space.count).toBe(2);
    const less = new Shelf(room.sid, room.frames.slice(0, 1));
    const other = await person(keeper.root);
    expect(await other.engine.load(room.sid, { ...cached, frames: [], checked: null })).toBe(null);
    expect((await less.list(other)).space.alarm?.code).toBe('rollback');
  });
  it('does-not-open, no-key, held, altered, and newer kinds are said in their place', async () => {
    const { keeper, client, room } = await invited();
    await room.say(client, 'x', { kind: 'hologram', version: 7 });
    await room.say(client, 'long ago');
    await room.strip(3);
    const held = await keeper.engine.take(room.sid, { after: 1, count: 3, frames: room.frames.slice(1), held: [3] });
    expect(held.entries.map(({ item }) => [item!.state, item!.kind])).toEqual([['open', 'hologram'], ['held', '']]);
    const [, head, , sig] = decode(room.frames[2]!);
    const wrong = await keeper.engine.fill(room.sid, 3, encode(1, head!, utf8('another'), sig!));
    expect(wrong.item!.state).toBe('altered');
    const right = (await client.engine.frames(room.sid, 3, 3))[0]!;
    expect((await keeper.engine.fill(room.sid, 3, right)).item!.state).toBe('open');
    const newcomer = await person();
    const to = { pid: newcomer.me.pid, role: 0 as const, was: null, past: false };
    const assents = [await client.engine.assent(room.sid, to)];
    await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'add', card: newcomer.me.card, role: 0, past: false, assents }));
    expect((await room.list(newcomer)).entries[1]!.item!.state).toBe('no-key');
  });
});

describe('what does not open', () => {
  it('rubbish is said in its place, and does not stop the space', async () => {
    const { keeper, client, room } = await invited();
    room.frames.push(await (await Forger.of(client, room)).item());
    await room.say(client, 'go on');
    const { entries, space } = await room.list(keeper);
    expect([space.alarm, entries.map(({ item }) => item!.state)]).toEqual([null, ['does-not-open', 'open']]);
  });
  it('a key that does not fit: nothing is sealed until a keeper renews it', async () => {
    const { keeper, client, room } = await invited();
    const forger = await Forger.of(keeper, room);
    const fields = decode(asBytes(decode(await forger.epoch())[2]));
    fields[6] = asList(fields[6]).toReversed();
    room.frames.push(await forger.entry(forger.head(0, null), encode(...fields)));
    expect((await room.list(client)).space).toMatchObject({ alarm: null, epoch: { key: 'does-not-fit' } });
    const item = { drawer: 0, kind: 'message', version: 1, content: encode('x') } as const;
    expect(await codeOf(() => client.engine.sealItem(room.sid, item))).toBe('no-key');
    await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'renew' }));
    await room.say(client, 'again');
  });
  it('a key that opens but is not the one all were promised; a past that is not', async () => {
    const { keeper, client, room } = await invited();
    const forger = await Forger.of(keeper, room);
    const fields = decode(asBytes(decode(await forger.epoch())[2]));
    const [first] = epochOf(forger.log).body.members;
    const wraps = [await wrapFor(first!, forger.log.sid, 2, random(32)), asList(fields[6])[1]!];
    room.frames.push(await forger.entry(forger.head(0, null), encode(...fields.with(6, wraps))));
    expect((await room.list(client)).space).toMatchObject({ alarm: null, epoch: { key: 'does-not-fit' } });
    expect((await room.list(keeper)).space.epoch.key).toBe('fits');

    const now = await person();
    const log = await bystander(room);
    const successor = { role: 1 as const, card: now.me.card, was: client.me.pid, pid: now.me.pid };
    const past = await pastFor({ ...log, keys: new Map([[1, { bytes: random(32), secret: await secretOf(random(32)) }]]) }, { row: successor, at: 0, n: 3 });
    room.frames.push(await (await Forger.of(keeper, room)).epoch((body) => {
      Object.assign(body, { members: [successor, body.members[1]], past: [past] });
    }));
    expect((await room.list(now)).space).toMatchObject({ alarm: null, epoch: { key: 'fits', past: 'does-not-fit' } });
  });
});

describe('who reads', () => {
  it('a colleague comes in with the past, by assent alone', async () => {
    const { keeper, client, room } = await invited();
    await room.say(client, 'before her');
    await room.list(keeper);
    const colleague = await person();
    const to = { pid: colleague.me.pid, role: 0 as const, was: null, past: true };
    const add = (assents: { pid: string; sig: Bytes }[]) => (engine: Crypto, sid: string) =>
      engine.sealEpoch(sid, { do: 'add', card: colleague.me.card, role: 0, past: true, assents });
    expect((await room.add(keeper, add([]))).space.alarm?.code).toBe('rights');
    room.frames.pop();
    await room.list(keeper);
    await room.add(keeper, add([await client.engine.assent(room.sid, to)]));
    const { entries, space } = await room.list(colleague);
    expect([space.alarm, entries[1]!.item!.state, space.epoch.past]).toEqual([null, 'open', 'fits']);
    expect(entries[2]!.change).toMatchObject({ what: 'changed', added: [colleague.me.pid], pastGiven: [colleague.me.pid] });
  });
  it('a successor by herself is told as such; the old key is out', async () => {
    const { keeper, client, room } = await invited();
    const now = await person();
    const change = { do: 'succeed', was: client.me.pid, card: now.me.card, past: false, assents: [] } as const;
    const { entries } = await room.add(client, (engine, sid) => engine.sealEpoch(sid, change));
    expect(entries[0]!.change!.succeeded).toEqual([{ was: client.me.pid, now: now.me.pid, bySelf: true }]);
    expect(await codeOf(() => client.engine.sealItem(room.sid, { drawer: 0, kind: 'message', version: 1, content: encode('x') }))).toBe('not-a-member');
    await room.say(now, 'here I am');
    expect((await room.list(keeper)).space.alarm).toBe(null);
    const past = await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'past', to: now.me.pid }));
    expect(past.entries[0]!.change!.pastGiven).toEqual([now.me.pid]);
    expect((await room.list(now)).space.alarm).toBe(null);
  });
  it('a client lets a therapist back in who lost everything: placed', async () => {
    const { keeper, client, room } = await invited();
    const back = await person();
    const change = { do: 'succeed', was: keeper.me.pid, card: back.me.card, past: true, assents: [] } as const;
    const { space } = await room.add(client, (engine, sid) => engine.sealEpoch(sid, change));
    expect(space.epoch.members.map(({ placed }) => placed)).toEqual([false, true]);
    await room.list(back);
    expect(await codeOf(() => back.engine.erase(room.sid, [1]))).toBe('rights');
  });
  it('leaving: the next to write first makes an epoch without her', async () => {
    const { keeper, client, room } = await invited();
    await room.add(client, (engine, sid) => engine.leave(sid));
    const { space } = await room.list(keeper);
    expect([space.leaverFirst, space.epoch.members.map(({ left }) => left)]).toEqual([true, [true, false]]);
    const item = { drawer: 0, kind: 'message', version: 1, content: encode('x') } as const;
    expect(await codeOf(() => keeper.engine.sealItem(room.sid, item))).toBe('leaver-first');
    await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'renew' }));
    await room.say(keeper, 'alone');
    expect((await room.list(client)).space.epoch.key).toBe('none');
    expect(await codeOf(() => client.engine.sealItem(room.sid, item))).toBe('not-a-member');
  });
  it('closing: nothing follows, what was stays', async () => {
    const { keeper, client, room } = await invited();
    const closing = await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'close' }));
    expect([closing.space.closed?.by, closing.entries[0]!.change!.what]).toEqual([keeper.me.pid, 'closed']);
    await room.list(client);
    expect(await codeOf(() => client.engine.leave(room.sid))).toBe('closed');
  });
});

describe('what is gone', () => {
  const goneState = async (policy: [0 | 1 | 2, number][], { said = NOON, now = NOON }: { said?: number; now?: number }): Promise<string> => {
    const { keeper, client, room } = await invited(policy);
    client.clock.now = said;
    await room.say(client, 'x');
    await room.strip(2);
    keeper.clock.now = now;
    return (await room.list(keeper)).entries[0]!.item!.state;
  };
  it('by its period: explained, a day over counts; not before', async () => {
    expect(await goneState([[0, 30]], { now: NOON + 29 * DAY })).toBe('gone-expired');
    expect(await goneState([[0, 30]], { now: NOON + 28 * DAY })).toBe('gone-unexplained');
    expect(await goneState([[1, 30]], { now: NOON + 99 * DAY })).toBe('gone-unexplained');
    expect(await goneState([[0, 0]], { now: NOON + 99 * DAY })).toBe('gone-unexplained');
  });
  it('a clock is wrong: nobody is accused', async () => {
    expect(await goneState([], { said: NOON + 2 * DAY })).toBe('clock-unsure');
    expect(await goneState([], { now: NOON - 2 * DAY })).toBe('clock-unsure');
  });
  it('a place dated ahead of what its author wrote later accuses nobody', async () => {
    const { keeper, client, room } = await invited();
    client.clock.now = NOON + 500 * DAY;
    await room.say(client, 'x');
    client.clock.now = NOON;
    await room.say(client, 'y');
    await room.strip(2);
    expect((await room.list(keeper)).entries[0]!.item!.state).toBe('gone-date-wrong');
  });
  it('a period that ended with its epoch explains nothing later', async () => {
    const { keeper, client, room } = await invited([[0, 30]]);
    await room.say(client, 'x');
    await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'policy', policy: [] }));
    await room.strip(2);
    keeper.clock.now = NOON + 99 * DAY;
    const again = await person(keeper.root);
    again.clock.now = NOON + 99 * DAY;
    expect((await room.list(again)).entries[1]!.item!.state).toBe('gone-unexplained');
  });
});

describe('coming in', () => {
  it('the link tells who invites, and the founding is recognised', async () => {
    const { keeper, client, room, fragment, record } = await invited([[0, 365]]);
    const opened = await (await fresh()).openRoot(random(32), null).then(() => client.engine.peek(fragment, record));
    expect([opened.keeper, opened.note, opened.policy, opened.others]).toEqual([keeper.me.pid, 'welcome', [[0, 365]], []]);
    expect((await client.engine.readLink(fragment)).iid).toBe(opened.iid);
    expect(await keeper.engine.judge(room.sid)).toMatchObject({ verdict: 'invited', iid: opened.iid, founder: client.me.pid });
    expect((await client.engine.judge(room.sid)).verdict).toBe('own');
  });
  it('torn, tampered, newer, expired', async () => {
    const { client, fragment, record } = await invited();
    const peek = (link: string, bytes: Bytes): Promise<string> => codeOf(() => client.engine.peek(link, bytes));
    expect(await peek(fragment.slice(0, 40), record)).toBe('torn');
    expect(await peek(fragment.replace(/.$/, '!'), record)).toBe('torn');
    expect(await peek(fragment, record.with(-1, record.at(-1)! ^ 1) as Bytes)).toBe('tampered');
    expect(await peek(`${fragment.slice(0, 30)}A${fragment.slice(31)}`, record)).toBe('tampered');
    const [, ...rest] = decode(record);
    expect(await peek(fragment, encode(2, ...rest))).toBe('newer');
    expect(await peek(fragment, utf8('x'))).toBe('tampered');
    client.clock.now = NOON + 8 * DAY;
    expect(await peek(fragment, record)).toBe('expired');
  });
  it('tampered: another card, or another hand, under the same link secret', async () => {
    const { keeper, client, fragment, record } = await invited();
    const thief = await identityOf(random(32));
    const s = toBytes(fragment).slice(0, 16);
    const [, iid] = decode(record);
    const sealed = async (of: Identity, by: Identity): Promise<Bytes> => {
      const payload = encode(of.card.sign_pk, of.card.recv_pk, [], [], NOON + DAY, utf8(''));
      const signed = encode(payload, await sign(by.signing, 'invite', iid!, payload));
      const key = await secretOf(await kdf(await secretOf(exact(s)), 'invite key'));
      return encode(1, iid!, await seal(key, 'invite', [asBytes(iid)], signed));
    };
    const inviter = await identityOf(keeper.root.slice());
    expect(await codeOf(async () => client.engine.peek(fragment, await sealed(thief, thief)))).toBe('tampered');
    expect(await codeOf(async () => client.engine.peek(fragment, await sealed(inviter, thief)))).toBe('tampered');
    expect(await codeOf(async () => client.engine.peek(fragment, await sealed(inviter, inviter)))).toBe('done');
  });
  it('foreign-link, used-twice, late, unusual-room, no-proof: against the own list only', async () => {
    const { keeper, client, room, own, fragment, record } = await invited();
    const { s } = await keeper.engine.judge(room.sid);
    const list = (state: 0 | 1 | 2, more: object = {}): Promise<unknown> => own.say(keeper, '', {
      drawer: 2, kind: 'invite', content: inviteContent({ s: s!, others: [], policy: [], expires: NOON + 7 * DAY, state, sid: null, ...more })
    });
    const verdict = async (): Promise<string> => (await keeper.engine.judge(room.sid)).verdict;
    keeper.clock.now = NOON + 8 * DAY;
    expect(await verdict()).toBe('late');
    await list(2, { sid: room.sid });
    expect(await verdict()).toBe('invited');
    keeper.clock.now = NOON;
    await list(2, { sid: own.sid });
    expect(await verdict()).toBe('used-twice');
    await list(1);
    expect(await verdict()).toBe('foreign-link');
    await list(0, { policy: [[0, 1]] });
    expect(await verdict()).toBe('unusual-room');
    await list(0);
    expect(await verdict()).toBe('invited');
    const thief = await person();
    const { shared } = await thief.engine.foundFrom(fragment, record);
    const second = new Shelf(shared.sid, [shared.frame]);
    await second.list(keeper);
    expect((await keeper.engine.judge(second.sid)).verdict).toBe('invited'); // who steals it before use can come as the client
    const { body } = (await bystander(room)).epochs[0]!;
    const claim = (proof: [Bytes, Bytes] | null) => judgeFounding(
      { sid: toBytes(room.sid), founder: client.me.pid, keeper: keeper.me.pid, body: { ...body, proof }, now: NOON },
      [{ s: s!, others: [], policy: [], expires: NOON + DAY, state: 0, sid: null }]
    );
    expect((await claim(body.proof)).verdict).toBe('invited');
    expect((await claim(null)).verdict).toBe('no-proof');
    expect((await claim([body.proof![0], random(32)])).verdict).toBe('no-proof');
    expect((await claim([random(16), body.proof![1]])).verdict).toBe('foreign-link');
    const passer = await person();
    await room.list(passer);
    expect((await passer.engine.judge(room.sid)).verdict).toBe('not-keeper');
  });
});
