/** Rooms as the vault uses them: what is read, what does not open, who reads, what is gone and why. */
import { describe, expect, it } from 'vitest';
import { bystander, codeOf, DAY, Forger, invited, NOON, person, Shelf } from './cast.test-support.ts';
import { asBytes, asList, decode, encode, toBytes, toText, utf8, type Value } from './encoding.ts';
import { pastFor, wrapFor } from './epochkeys.ts';
import { epochOf } from './log.ts';
import { random, secretOf } from './primitives.ts';
import type { Bytes, Crypto } from './types.ts';

const textIn = (content: Bytes | null): Value | undefined => (content ? decode(content)[0] : undefined);

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
    expect(await client.engine.find(room.sid, iid)).toEqual({ seq: 2, id: entries[0]!.id, erased: false });
    expect(await client.engine.frames(room.sid, 1, 2)).toEqual(room.frames);
    expect(await client.engine.pin(room.sid, 2)).toEqual({ seq: 2, run: space.run });
    expect(await codeOf(() => client.engine.pin(room.sid, 3))).toBe('not-loaded');
  });
  it('a device goes on from its own cache, and notices when the server shows less', async () => {
    const { keeper, client, room } = await invited();
    const { space } = await room.say(client, 'x');
    const device = await person(keeper.root);
    const cached = { frames: room.frames, checked: { seq: 2, run: space.run }, pins: [{ seq: 2, run: space.run }] };
    expect((await device.engine.load(room.sid, cached))!.space.count).toBe(2);
    const less = new Shelf(room.sid, room.frames.slice(0, 1));
    const other = await person(keeper.root);
    expect(await other.engine.load(room.sid, { ...cached, frames: [], checked: null })).toBe(null);
    expect((await less.list(other)).space.alarm?.code).toBe('rollback');
  });
  it('a log of which more is to come is neither shown, written into nor heard', async () => {
    const { keeper, client, room } = await invited();
    await room.say(client, 'x');
    await room.say(client, 'y');
    const device = await person(keeper.root);
    const half = await device.engine.take(room.sid, { after: 0, count: 3, frames: room.frames.slice(0, 2), held: [], more: true });
    expect(half).toMatchObject({ entries: [], space: { count: 2, alarm: null } });
    expect(await device.engine.views(room.sid, 1, 2)).toEqual([]);
    expect((await device.engine.shown(room.sid, 1)).entries).toEqual([]);
    expect(await device.engine.fill(room.sid, 2, [room.frames[1]!])).toEqual([]);
    const item = { drawer: 0 as const, kind: 'message', version: 1, content: encode('too soon') };
    expect(await codeOf(() => device.engine.sealItem(room.sid, item))).toBe('not-loaded');
    expect(await codeOf(() => device.engine.hi(room.sid))).toBe('not-loaded');
    const hi = await client.engine.hi(room.sid);
    expect((await device.engine.hear(room.sid, hi)).outcome).toBe('list-first');
    // A push claims nothing of the end.
    await device.engine.take(room.sid, { after: 1, count: null, frames: room.frames.slice(1, 2), held: [] });
    expect(await codeOf(() => device.engine.sealItem(room.sid, item))).toBe('not-loaded');
    const { entries } = await device.engine.take(room.sid, { after: 2, count: 3, frames: room.frames.slice(2), held: [], from: 3 });
    expect(entries.map(({ seq }) => seq)).toEqual([3]);
    expect((await device.engine.hear(room.sid, hi)).outcome).toBe('taken');
    expect((await device.engine.sealItem(room.sid, item)).frame.length).toBeGreaterThan(0);
  });
  it('knows when each member wrote last, whatever of the log is looked at', async () => {
    const { keeper, client, room } = await invited();
    const [said] = (await room.say(client, 'x')).entries;
    const { space } = await keeper.engine.take(room.sid, { after: 1, count: 2, frames: room.frames.slice(1), held: [], from: 99 });
    expect(space.epoch.members.map(({ pid, wroteAt }) => [pid === client.me.pid, wroteAt])).toEqual([[true, said!.time], [false, 0]]);
  });
  it('does-not-open, no-key, held, altered, and newer kinds are said in their place', async () => {
    const { keeper, client, room } = await invited();
    await room.say(client, 'x', { kind: 'hologram', version: 7 });
    await room.say(client, 'long ago');
    await room.strip(3);
    const held = await keeper.engine.take(room.sid, { after: 1, count: 3, frames: room.frames.slice(1), held: [3] });
    expect(held.entries.map(({ item }) => [item!.state, item!.kind])).toEqual([['open', 'hologram'], ['held', '']]);
    const [, head, , sig] = decode(room.frames[2]!);
    const [wrong] = await keeper.engine.fill(room.sid, 3, [encode(1, head!, utf8('another'), sig!)]);
    expect(wrong!.item!.state).toBe('altered');
    const right = (await client.engine.frames(room.sid, 3, 3))[0]!;
    expect((await keeper.engine.fill(room.sid, 3, [right]))[0]!.item!.state).toBe('open');
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

