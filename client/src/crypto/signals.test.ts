/** Two pages talking past a server that carries, loses, repeats and reorders (contract/protocol.md 7). */
import { beforeEach, describe, expect, it } from 'vitest';
import { bystander, codeOf, Forger, invited, person, type Person, type Room } from './cast.test-support.ts';
import { asBytes, decode, encode, exact, toBytes, toText, utf8 } from './encoding.ts';
import { takeKeys } from './epochkeys.ts';
import { hearHi, showing, type Hello } from './hello.ts';
import { identityOf } from './identity.ts';
import { random, sha256, sign } from './primitives.ts';
import { newTalk, sealSignal } from './signals.ts';
import type { Bytes, Call, Heard, Signal } from './types.ts';

let day: Room;
beforeEach(async () => { day = await invited(); });

interface Told { signals: Signal[]; calls: Call[]; troubles: string[]; frames: Bytes[] }

/** Carries frames between these pages until nothing is left to say; gives what each was told. */
async function carry(from: Person, frames: Bytes[], pages: Person[]): Promise<Map<Person, Told>> {
  const told = new Map(pages.map((page) => [page, { signals: [], calls: [], troubles: [], frames: [] } as Told]));
  const queue = frames.map((frame) => ({ from, frame }));
  for (let next = queue.shift(); next; next = queue.shift()) {
    for (const page of pages.filter((other) => other !== next.from)) {
      const heard = await page.engine.hear(day.room.sid, next.frame);
      const mine = told.get(page)!;
      mine.signals.push(...heard.signals);
      mine.calls.push(...heard.calls);
      mine.frames.push(next.frame);
      if (heard.trouble) mine.troubles.push(heard.trouble);
      queue.push(...[...heard.acks, ...heard.send].map((frame) => ({ from: page, frame })));
    }
  }
  return told;
}

async function meet({ keeper, client, room }: Room): Promise<{ call: string; atKeeper: Call; atClient: Call }> {
  const told = await carry(client, [await client.engine.hi(room.sid)], [keeper, client]);
  const [atKeeper] = told.get(keeper)!.calls;
  const [atClient] = told.get(client)!.calls;
  return { call: atKeeper!.call, atKeeper: atKeeper!, atClient: atClient! };
}

const say = (who: Person, kind: string, call?: string): Promise<Bytes> =>
  who.engine.sealSignal(day.room.sid, call === undefined ? { kind, content: encode() } : { kind, content: encode(kind), call });
const kinds = ({ signals }: { signals: Signal[] }): string[] => signals.map(({ kind }) => kind);
const hear = (who: Person, frame: Bytes): Promise<Heard> => who.engine.hear(day.room.sid, frame);

describe('hi', () => {
  it('two pages agree on one call, and on who offers', async () => {
    const { atKeeper, atClient } = await meet(day);
    expect(atKeeper.call).toBe(atClient.call);
    expect(atKeeper.offers).toBe(!atClient.offers);
    expect([atKeeper.peer, atClient.peer]).toEqual([day.client.me.pid, day.keeper.me.pid]);
    for (const who of [day.keeper, day.client]) expect(await who.engine.unacknowledged(day.room.sid)).toEqual([]);
  });
  it('shown at the same moment, it is still one call', async () => {
    const { keeper, client, room } = day;
    const crossed = [await client.engine.hi(room.sid), await keeper.engine.hi(room.sid)];
    const first = await hear(keeper, crossed[0]!);
    const second = await hear(client, crossed[1]!);
    const a = await carry(keeper, first.send, [keeper, client]);
    const b = await carry(client, second.send, [keeper, client]);
    const calls = [...a.values(), ...b.values()].flatMap((told) => told.calls);
    expect(new Set(calls.map(({ call }) => call)).size).toBe(1);
    expect(calls).toHaveLength(2);
  });
  it('a second tab of the same person makes a call of its own', async () => {
    const tab = await person(day.client.root);
    await day.room.list(tab);
    const first = await meet(day);
    const told = await carry(tab, [await tab.engine.hi(day.room.sid)], [day.keeper, day.client, tab]);
    expect(told.get(day.keeper)!.calls[0]!.call).not.toBe(first.call);
    expect(told.get(day.client)!.calls).toEqual([]);
  });
  it('shown again during a call changes nothing; after its end it begins again', async () => {
    const { call } = await meet(day);
    const again = async (): Promise<number[]> => {
      const told = await carry(day.client, [await day.client.engine.hi(day.room.sid)], [day.keeper, day.client]);
      return [told.get(day.keeper)!.calls.length, told.get(day.client)!.calls.length];
    };
    expect(await again()).toEqual([0, 0]);
    await day.client.engine.endCall(day.room.sid, call);
    expect(await again()).toEqual([0, 1]);
  });
  it('hi-changed: another commitment, or a nonce that does not fit it', async () => {
    for (const second of [(commit: Bytes) => [commit.map((byte) => byte ^ 1), null], (commit: Bytes) => [commit, random(16)]]) {
      const page = { pid: day.client.me.pid, writer: day.client.me.writer };
      const hello: Hello = { sid: toBytes(day.room.sid), self: { pid: day.keeper.me.pid, writer: day.keeper.me.writer }, met: new Map(), random };
      await hearHi(hello, page, showing());
      const commit = random(32);
      const mine = toBytes(day.keeper.me.writer);
      expect((await hearHi(hello, page, encode(mine, commit, null))).trouble).toBe(null);
      const [other, nonce] = second(commit);
      expect((await hearHi(hello, page, encode(mine, exact(other!), nonce!))).trouble).toBe('hi-changed');
      expect(await hearHi(hello, page, showing())).toEqual({ send: [], call: null, trouble: null });
    }
  });
  it('hi-changed: ends the call that had begun', async () => {
    const { call } = await meet(day);
    const mine = toBytes(day.keeper.me.writer);
    const hi = await day.client.engine.sealSignal(day.room.sid, { kind: 'hi', content: encode(mine, random(32), null) });
    const offer = await say(day.client, 'offer', call);
    expect((await hear(day.keeper, hi)).trouble).toBe('hi-changed');
    expect((await hear(day.keeper, offer)).outcome).toBe('dropped');
    expect(await codeOf(() => say(day.keeper, 'answer', call))).toBe('no-such-call');
  });
  it('too-many: sixteen pages of one person at most', async () => {
    const hello: Hello = { sid: toBytes(day.room.sid), self: { pid: day.keeper.me.pid, writer: day.keeper.me.writer }, met: new Map(), random };
    const page = (n: number) => ({ pid: day.client.me.pid, writer: `AAAAAAAAA${String.fromCharCode(65 + n)}A` });
    for (let n = 0; n < 16; n++) expect((await hearHi(hello, page(n), showing())).send).toHaveLength(1);
    expect((await hearHi(hello, page(16), showing())).trouble).toBe('too-many');
  });
  it('never two nonces alike, and none before the commitment of the other', async () => {
    const hello: Hello = { sid: toBytes(day.room.sid), self: { pid: day.keeper.me.pid, writer: day.keeper.me.writer }, met: new Map(), random };
    const page = (n: number) => ({ pid: day.client.me.pid, writer: `AAAAAAAAA${String.fromCharCode(65 + n)}A` });
    const nonces = [];
    for (const n of [0, 1]) {
      const [first] = (await hearHi(hello, page(n), showing())).send;
      expect(decode(first!)[2]).toBe(null);
      const { send } = await hearHi(hello, page(n), encode(toBytes(day.keeper.me.writer), random(32), null));
      nonces.push(toText(asBytes(decode(send[0]!)[2])));
      expect(decode(send[0]!)[1]).toEqual(decode(first!)[1]);
    }
    expect(nonces[0]).not.toBe(nonces[1]);
  });
  it('what names another page is ignored, save that its page is met', async () => {
    const hello: Hello = { sid: toBytes(day.room.sid), self: { pid: day.keeper.me.pid, writer: day.keeper.me.writer }, met: new Map(), random };
    const page = { pid: day.client.me.pid, writer: day.client.me.writer };
    const answer = await hearHi(hello, page, encode(random(8), random(32), random(16)));
    expect([answer.send.length, answer.call, answer.trouble]).toEqual([1, null, null]);
    expect(hello.met.get(`${page.pid} ${page.writer}`)?.commit).toBe(null);
  });
});

describe('a call', () => {
  it('is heard in order and once, however it comes', async () => {
    const { call } = await meet(day);
    const frames = [];
    for (const kind of ['offer', 'candidate', 'state']) frames.push(await say(day.client, kind, call));
    const [offer, candidate, state] = frames as [Bytes, Bytes, Bytes];
    expect(kinds(await hear(day.keeper, candidate))).toEqual([]);
    expect(kinds(await hear(day.keeper, state))).toEqual([]);
    expect(await day.client.engine.unacknowledged(day.room.sid)).toHaveLength(3);
    const all = await hear(day.keeper, offer);
    expect(kinds(all)).toEqual(['offer', 'candidate', 'state']);
    const again = await hear(day.keeper, state);
    expect([kinds(again), again.acks.length]).toEqual([[], 1]);
    for (const ack of all.acks) await hear(day.client, ack);
    expect(await day.client.engine.unacknowledged(day.room.sid)).toEqual([]);
  });
  it('is resent as the same bytes for a minute, then no more', async () => {
    const { call } = await meet(day);
    const offer = await say(day.client, 'offer', call);
    expect(await day.client.engine.unacknowledged(day.room.sid)).toEqual([{ first: offer, frame: offer }]);
    day.client.clock.now += 60_001;
    expect(await day.client.engine.unacknowledged(day.room.sid)).toEqual([]);
  });
  it('survives a new epoch: sealed again with the same n, and the first is taken', async () => {
    const { call } = await meet(day);
    const offer = await say(day.client, 'offer', call);
    await day.room.add(day.keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'renew' }));
    expect((await hear(day.keeper, offer)).outcome).toBe('dropped');
    await day.room.list(day.client);
    const [{ first, frame: resealed }] = (await day.client.engine.unacknowledged(day.room.sid)) as [{ first: Bytes; frame: Bytes }];
    expect(first).toEqual(offer);
    expect(resealed).not.toEqual(offer);
    expect(kinds(await hear(day.keeper, resealed))).toEqual(['offer']);
    expect(kinds(await hear(day.keeper, resealed))).toEqual([]);
  });
  it('waits, neither sent nor answered, while the space is stopped', async () => {
    const { call } = await meet(day);
    const offer = await say(day.client, 'offer', call);
    await day.client.engine.take(day.room.sid, { after: 1, count: 2, frames: [], held: [] });
    expect(await day.client.engine.unacknowledged(day.room.sid)).toEqual([{ first: offer, frame: null }]);
  });
  it('an ack counts only from the page it was said to', async () => {
    const { call } = await meet(day);
    const offer = await say(day.client, 'offer', call);
    const tab = await person(day.keeper.root);
    await day.room.list(tab);
    expect((await hear(tab, offer)).outcome).toBe('dropped');
    const content = encode(toBytes(day.client.me.writer), toBytes(call), 1);
    const ack = (by: Person): Promise<Bytes> => by.engine.sealSignal(day.room.sid, { kind: 'ack', content });
    await hear(day.client, await ack(tab));
    expect(await day.client.engine.unacknowledged(day.room.sid)).toEqual([{ first: offer, frame: offer }]);
    await hear(day.client, await ack(day.keeper));
    expect(await day.client.engine.unacknowledged(day.room.sid)).toEqual([]);
  });
  it('descriptions elsewhere are dropped: no such call, the page stream', async () => {
    expect(await codeOf(() => say(day.client, 'offer', 'AAAAAAAAAAAAAAAAAAAAAA'))).toBe('no-such-call');
    expect((await hear(day.keeper, await say(day.client, 'offer'))).outcome).toBe('dropped');
  });
  it('another page of the same person is not heard in it', async () => {
    const { call, atClient } = await meet(day);
    const log = await bystander(day.room);
    const identity = await identityOf(day.client.root.slice());
    await takeKeys(log, [identity], 0);
    const author = { identity, writer: toText(random(8)), now: day.client.clock.now };
    const talk = newTalk(log, { pid: identity.pid, writer: author.writer });
    talk.calls.set(call, atClient);
    const offer = await sealSignal(log, talk, author, { kind: 'offer', content: encode('sdp'), call });
    expect(await hear(day.keeper, offer)).toMatchObject({ outcome: 'dropped', signals: [], send: [], acks: [] });
    const state = await sealSignal(log, talk, author, { kind: 'dance', content: encode(), call });
    expect((await hear(day.keeper, state)).signals.map((signal) => signal.call)).toEqual([null]);
  });
  it('admit counts only from a keeper, for the page it names', async () => {
    const { call } = await meet(day);
    const admit = (by: Person, who: Person): Promise<Bytes> =>
      by.engine.sealSignal(day.room.sid, { kind: 'admit', content: encode(toBytes(who.me.writer)), call });
    expect(kinds(await hear(day.client, await admit(day.keeper, day.client)))).toEqual(['admit']);
    expect(kinds(await hear(day.client, await admit(day.keeper, day.keeper)))).toEqual([]);
    expect(kinds(await hear(day.keeper, await admit(day.client, day.keeper)))).toEqual([]);
  });
  it('an admit of odd shape takes nothing else with it', async () => {
    const { call } = await meet(day);
    const offer = await say(day.keeper, 'offer', call);
    const odd = await day.keeper.engine.sealSignal(day.room.sid, { kind: 'admit', content: utf8('odd'), call });
    expect(kinds(await hear(day.client, odd))).toEqual([]);
    expect(kinds(await hear(day.client, offer))).toEqual(['offer']);
  });
  it('typing is not acknowledged; unknown kinds are', async () => {
    const typing = await hear(day.keeper, await say(day.client, 'typing'));
    expect([kinds(typing), typing.acks]).toEqual([['typing'], []]);
    expect(await day.client.engine.unacknowledged(day.room.sid)).toEqual([]);
    expect((await hear(day.keeper, await say(day.client, 'dance'))).acks).toHaveLength(1);
  });
});

describe('what is not honest', () => {
  /** A signal of the client's, well signed, with a head changed. */
  async function forged(change: (head: ReturnType<typeof decode>) => void): Promise<Bytes> {
    const { identity } = await Forger.of(day.client, day.room);
    const [, head, body] = decode(await say(day.client, 'typing'));
    const fields = decode(asBytes(head));
    change(fields);
    const bytes = encode(...fields);
    return encode(1, bytes, body!, await sign(identity.signing, 'signal', bytes, await sha256(asBytes(body))));
  }
  it.each<[string, (head: ReturnType<typeof decode>) => void]>([
    ['another type', (head) => { head[0] = 1; }], ['n of 0', (head) => { head[5] = 0; }], ["another's place", (head) => { head[2] = 1; }],
    ['no such place', (head) => { head[2] = 7; }]
  ])('dropped: %s', async (_, change) => {
    expect(await hear(day.keeper, await forged(change))).toMatchObject({ outcome: 'dropped', send: [], acks: [] });
  });
  it('dropped: rubbish, another suite, too long, altered', async () => {
    const good = await say(day.client, 'typing');
    const [, ...rest] = decode(good);
    for (const frame of [utf8('rubbish'), encode(2, ...rest), new Uint8Array(70_001), good.with(-1, good.at(-1)! ^ 1) as Bytes])
      expect((await hear(day.keeper, frame)).outcome).toBe('dropped');
  });
  it('withheld: names what we do not have, and still does after listing', async () => {
    await day.room.say(day.client, 'kept from her');
    const typing = await say(day.client, 'typing');
    expect((await hear(day.keeper, typing)).outcome).toBe('list-first');
    const after = await hear(day.keeper, typing);
    expect(after.alarm?.code).toBe('withheld');
    expect(await codeOf(() => day.keeper.engine.sealItem(day.room.sid, { drawer: 0, kind: 'message', version: 1, content: encode('x') }))).toBe('stopped');
    await day.room.list(day.keeper);
    expect(kinds(await hear(day.keeper, typing))).toEqual(['typing']);
  });
  it('withheld: an epoch that is not in our log', async () => {
    await day.room.add(day.keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'renew' }));
    const typing = await say(day.keeper, 'typing');
    expect((await hear(day.client, typing)).outcome).toBe('list-first');
    await day.room.list(day.client);
    expect(kinds(await hear(day.client, typing))).toEqual(['typing']);
  });
  it('fork: another history, seen by typing alone', async () => {
    const { keeper, client, room } = day;
    const other = new (room.constructor as new (sid: string, frames: Bytes[]) => typeof room)(room.sid, [...room.frames]);
    await room.say(keeper, 'to one');
    await other.say(client, 'to the other');
    expect((await hear(keeper, await say(client, 'typing'))).alarm?.code).toBe('fork');
    expect((await hear(keeper, await say(client, 'typing'))).outcome).toBe('stopped');
  });
  it('dropped: of one who has left', async () => {
    const typing = await say(day.client, 'typing');
    await day.room.add(day.client, (engine, sid) => engine.leave(sid));
    await day.room.list(day.keeper);
    expect((await hear(day.keeper, typing)).outcome).toBe('dropped');
  });
});
