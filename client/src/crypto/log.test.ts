/** Every rule of a space's log (contract/protocol.md 4), each broken once. */
import { beforeAll, describe, expect, it } from 'vitest';
import { bystander, Forger, invited, person, refusalOf, Shelf, type HeadFields, type Person, type Room } from './cast.test-support.ts';
import { asBytes, decode, encode, toBytes, utf8, type Value } from './encoding.ts';
import type { EpochBody, MemberRow } from './epochs.ts';
import { identityOf } from './identity.ts';
import { takeListing } from './listing.ts';
import { countOf, newLog, runOf } from './log.ts';
import { random, sign } from './primitives.ts';
import { assentFields } from './rights.ts';
import type { Bytes, Pid } from './types.ts';

let room: Room;
let keeper: Forger;
let client: Forger;

beforeAll(async () => {
  room = await invited();
  await room.room.say(room.client, 'one', { blobs: [toBlob(1)] });
  await room.room.say(room.keeper, 'two');
  await room.room.say(room.keeper, 'plan', { drawer: 1 });
  keeper = await Forger.of(room.keeper, room.room);
  client = await Forger.of(room.client, room.room);
});

const toBlob = (n: number): string => 'AAAAAAAAAAAAAAAAAAAAA' + 'AQgw'[n % 4];
const set = (at: number, value: Value) => (head: HeadFields): void => { head[at] = value; };
const rowFor = async (who: Person, more: Partial<MemberRow> = {}): Promise<MemberRow> =>
  ({ role: 1, card: who.me.card, was: null, pid: who.me.pid, ...more });
const refused = (...frames: Bytes[]): Promise<string> => refusalOf(room.room, ...frames);

/** What one who stays would sign for this row in the next epoch. */
async function assent(by: Person, place: number, to: { pid: Pid; role: number; was: Pid | null }, past = false): Promise<[number, Bytes]> {
  const log = await bystander(room.room);
  const identity = await identityOf(by.root.slice());
  const fields = assentFields({ sid: log.sid, n: log.epochs.length + 1, ctl: log.epoch!.id }, to, past);
  return [place, await sign(identity.signing, 'assent', ...fields)];
}

describe('one entry', () => {
  it('is taken when nothing is wrong', async () => {
    expect(await refused(await client.item())).toBe('taken');
    expect(await refused(await keeper.epoch())).toBe('taken');
    expect(await refused(await client.erase([[2, 2]]))).toBe('taken');
    expect(await refused(await client.leave())).toBe('taken');
  });
  it.each<[string, (good: Value[]) => Value[]]>([
    ['no suite', () => []],
    ['a suite that is text', ([, ...rest]) => ['1', ...rest]],
    ['a field too many', (good) => [...good, null, null]],
    ['a short signature', ([suite, head, body]) => [suite!, head!, body!, new Uint8Array(63)]],
    ['whole and hashed', (good) => [...good, new Uint8Array(32)]]
  ])('malformed: %s', async (_, change) => {
    expect(await refused(encode(...change(decode(await client.item()))))).toBe('malformed');
  });
  it.each<[string, (head: HeadFields) => void]>([
    ['type 4', set(0, 4)], ['short writer', set(3, new Uint8Array(7))], ['text as time', set(8, 'now')], ['drawer 3', set(9, [3, []])],
    ['blob twice', set(9, [0, [new Uint8Array(16), new Uint8Array(16)]])], ['no extra', set(9, null)]
  ])('malformed head: %s', async (_, change) => {
    expect(await refused(await client.item(change))).toBe('malformed');
  });
  it.each<[string, Value]>([['none', []], ['falling', [[2, 2], [1, 1]]], ['touching', [[1, 2], [2, 3]]], ['backwards', [[2, 1]]], ['from 0', [[0, 1]]]])(
    'malformed ranges: %s',
    async (_, ranges) => { expect(await refused(await client.erase(ranges))).toBe('malformed'); }
  );
  it('malformed: a leave with a body', async () => {
    expect(await refused(await client.entry(client.head(3, null), utf8('x')))).toBe('malformed');
  });
  it('newer: another suite', async () => {
    const [, ...rest] = decode(await client.item());
    expect(await refused(encode(2, ...rest))).toBe('newer');
  });
  it('too-big: an item over 70 kB', async () => {
    expect(await refused(await client.entry(client.head(1, [0, []]), new Uint8Array(70_000)))).toBe('too-big');
  });
  it('dropped: a bare epoch', async () => {
    const [, head, , sig] = decode(await keeper.epoch());
    expect(await refused(encode(1, head!, null, sig!, new Uint8Array(32)))).toBe('dropped');
  });
  it('old-epoch: another ctl', async () => {
    expect(await refused(await client.item(set(1, random(32))))).toBe('old-epoch');
    expect(await refused(await client.item(set(1, null)))).toBe('old-epoch');
  });
  it('not-a-member: no such place', async () => {
    expect(await refused(await client.item(set(2, 2)))).toBe('not-a-member');
  });
  it("bad-signature: another's place, another's key, other bytes", async () => {
    expect(await refused(await client.item(set(2, 1)))).toBe('bad-signature');
    const [suite, head, , sig] = decode(await client.item());
    expect(await refused(encode(suite!, head!, utf8('other'), sig!))).toBe('bad-signature');
    const stranger = await Forger.of(await person(), room.room);
    expect(await refused(await stranger.item())).toBe('bad-signature');
  });
  it('replay: an iid, a blob', async () => {
    const first = await client.item();
    expect(await refused(first, await client.item((head) => { head[4] = decode(asBytes(decode(first)[1]))[4]!; }))).toBe('replay');
    expect(await refused(await client.item(() => undefined, [0, [toBytes(toBlob(1))]]))).toBe('replay');
    expect(await refused(first, first)).toBe('replay');
  });
  it('order: prev, and what was seen', async () => {
    const page = toBytes(room.client.me.writer);
    expect(await refused(await client.item(set(5, random(32))))).toBe('order');
    expect(await refused(await client.item(set(3, page)))).toBe('order');
    expect(await refused(await client.item(set(6, 99)))).toBe('order');
    const log = await bystander(room.room);
    const last = log.writers.get(`${room.client.me.pid} ${room.client.me.writer}`)!;
    const back = await client.item((head) => { head[3] = page; head[5] = toBytes(last.id); head[6] = 0; head[7] = log.sid; });
    expect(await refused(back)).toBe('order');
  });
  it('fork: another history', async () => {
    expect(await refused(await client.item(set(7, random(32))))).toBe('fork');
    expect(await refused(await client.item(set(6, 1)))).toBe('fork');
  });
});

describe('a founding', () => {
  it('is of this space', async () => {
    const other = await invited();
    const log = newLog(room.room.sid);
    await takeListing(log, { after: 0, count: 1, frames: other.room.frames, held: [] });
    expect(log.alarm).toEqual({ code: 'fork', seq: 1 });
  });
  it('gap: an item first', async () => {
    const log = newLog(room.room.sid);
    await takeListing(log, { after: 0, count: 1, frames: [await client.item(set(1, null))], held: [] });
    expect(log.alarm?.code).toBe('gap');
  });
  it('closed: nothing follows', async () => {
    const closing = await keeper.epoch((body) => { body.members = []; });
    expect(await refused(closing, await client.item())).toBe('closed');
  });
});

describe('an epoch', () => {
  const turns = async (by: Forger, change: (body: EpochBody) => void): Promise<string> => refused(await by.epoch(change));
  it.each<[string, (body: EpochBody) => void]>([
    ['another n', (body) => { body.n += 1; }], ['a salt', (body) => { body.salt = new Uint8Array(16); }],
    ['a proof', (body) => { body.proof = [new Uint8Array(16), new Uint8Array(32)]; }], ['another sid', (body) => { body.sid = random(32); }],
    ['a person twice', (body) => { body.members = [...body.members, body.members[0]!]; }],
    ['role 2', (body) => { body.members = body.members.map((row) => ({ ...row, role: 2 as 1 })); }],
    ['a policy that falls', (body) => { body.policy = [[1, 1], [0, 1]]; }], ['a hundred and one years', (body) => { body.policy = [[0, 36_501]]; }],
    ['past for a place that is not', (body) => { body.past = [{ place: 9, wrap: new Uint8Array(1168), sealed: new Uint8Array(60) }]; }]
  ])('malformed: %s', async (_, change) => { expect(await turns(keeper, change)).toBe('malformed'); });
  it('weak-key', async () => {
    const frame = await keeper.epoch();
    const [suite, head, body, sig] = decode(frame);
    const fields = decode(asBytes(body));
    (fields[3] as Value[][])[0]![1] = new Uint8Array(32);
    expect(await refused(encode(suite!, head!, encode(...fields), sig!))).toBe('weak-key');
  });
  it('a member drops only those who left, and changes no rules', async () => {
    expect(await turns(client, () => undefined)).toBe('rights');
    expect(await turns(client, (body) => { body.members = body.members.slice(0, 1); })).toBe('rights');
    expect(await turns(client, (body) => { body.policy = [[0, 30]]; })).toBe('rights');
    expect(await turns(client, (body) => { body.members = []; })).toBe('rights');
    expect(await turns(keeper, (body) => { body.policy = [[0, 30]]; })).toBe('taken');
    expect(await turns(keeper, (body) => { body.members = body.members.slice(1); })).toBe('taken');
  });
  it('role and was never change; a keeper stays', async () => {
    expect(await turns(keeper, (body) => { body.members = body.members.map((row) => ({ ...row, role: 0 as const })); })).toBe('rights');
    expect(await turns(keeper, (body) => { body.members = body.members.map((row) => ({ ...row, was: row.pid })); })).toBe('rights');
    expect(await turns(keeper, (body) => { body.members = body.members.slice(0, 1); })).toBe('rights');
  });
  it('nobody comes in without the assent of who stays', async () => {
    const row = await rowFor(await person(), { role: 0 });
    const add = (assents: [number, Bytes][]) => turns(keeper, (body) => { Object.assign(body, { assents, members: [...body.members, row] }); });
    expect(await add([])).toBe('rights');
    expect(await add([await assent(room.keeper, 0, row)])).toBe('rights');
    expect(await add([await assent(room.client, 0, { ...row, role: 1 })])).toBe('rights');
    expect(await add([await assent(room.client, 0, row, true)])).toBe('rights');
    expect(await add([await assent(room.client, 0, row)])).toBe('taken');
    const byMember = await client.epoch((body) => { body.members = [...body.members, row]; });
    expect(await refused(byMember)).toBe('rights');
  });
  it('a successor: by herself; by a keeper with assent; by a member for the only keeper, then placed', async () => {
    const now = await person();
    const takes = (place: number, more: Partial<MemberRow>) => async (): Promise<(body: EpochBody) => void> => {
      const row = await rowFor(now, more);
      return (body) => { body.members = body.members.map((old, at) => (at === place ? { ...row, was: old.pid } : old)); };
    };
    expect(await turns(client, await takes(0, { role: 1 })())).toBe('taken');
    expect(await turns(keeper, await takes(0, { role: 1 })())).toBe('taken'); // nobody else stays
    expect(await turns(client, await takes(0, { role: 0 })())).toBe('rights');
    const back = await client.epoch(await takes(1, { role: 0 })());
    expect(await refused(back)).toBe('taken');
    const seen = await rowFor(room.client, { role: 0 });
    expect(await turns(client, (body) => { body.members = [{ ...seen, was: body.members[1]!.pid }]; })).toBe('rights');
    const shelf = new Shelf(room.room.sid, [...room.room.frames, await client.epoch(await takes(0, { role: 1 })())]);
    const back2 = await (await Forger.of(now, shelf)).epoch((body) => {
      body.members = body.members.map((old, at) => (at === 0 ? { role: 1, card: room.client.me.card, was: old.pid, pid: room.client.me.pid } : old));
    });
    expect(await refusalOf(shelf, back2)).toBe('rights'); // seen here before
  });
  it('a member names no successor while another keeper is there', async () => {
    const [colleague, now] = [await person(), await person()];
    const row = await rowFor(colleague, { role: 0 });
    const added = await keeper.epoch((body) => Object.assign(body, { members: [...body.members, row] }));
    expect(await refused(added)).toBe('rights');
    const assents = [await assent(room.client, 0, row)];
    const two = new Shelf(room.room.sid, [...room.room.frames, await keeper.epoch((body) => Object.assign(body, { assents, members: [...body.members, row] }))]);
    const log = await bystander(two);
    expect(log.alarm).toBe(null);
    const successor = { ...(await rowFor(now, { role: 0 })), was: room.keeper.me.pid };
    const identity = await identityOf(colleague.root.slice());
    const agreed = await sign(identity.signing, 'assent', ...assentFields({ sid: log.sid, n: 3, ctl: log.epoch!.id }, successor, false));
    const change = (body: EpochBody): void => {
      body.members = body.members.map((old, at) => (at === 1 ? successor : old));
      body.assents = [[2, agreed]];
    };
    expect(await refusalOf(two, await (await Forger.of(room.client, two)).epoch(change))).toBe('rights');
  });
  it('a placed keeper erases nothing from before, and changes no rules', async () => {
    const now = await person();
    const row = await rowFor(now, { role: 0 });
    const back = await client.epoch((body) => { body.members = [body.members[0]!, { ...row, was: body.members[1]!.pid }]; });
    const shelf = new Shelf(room.room.sid, [...room.room.frames, back]);
    const placed = await Forger.of(now, shelf);
    expect(await refusalOf(shelf, await placed.erase([[3, 3]]))).toBe('rights');
    expect(await refusalOf(shelf, await placed.epoch((body) => { body.policy = [[0, 1]]; }))).toBe('rights');
    expect(await refusalOf(shelf, await placed.epoch((body) => { body.members = []; }))).toBe('rights');
    const later = new Shelf(shelf.sid, [...shelf.frames, await placed.item()]);
    expect(await refusalOf(later, await (await Forger.of(now, later)).erase([[6, 6]]))).toBe('taken');
  });
  it('past goes to newcomers and, by a keeper, to successors', async () => {
    const past = [{ place: 0, wrap: new Uint8Array(1168), sealed: new Uint8Array(60) }];
    expect(await turns(keeper, (body) => { body.past = past; })).toBe('rights');
  });
});

describe('erasing and leaving', () => {
  it("erases one's own in talk, a keeper anything, within what was seen", async () => {
    expect(await refused(await client.erase([[2, 3]]))).toBe('rights');
    expect(await refused(await client.erase([[4, 4]]))).toBe('rights');
    expect(await refused(await client.erase([[2, 9]]))).toBe('rights');
    expect(await refused(await keeper.erase([[2, 9]]))).toBe('rights');
    const plan = new Shelf(room.room.sid, [...room.room.frames, await client.item(() => undefined, [1, []])]);
    expect(await refusalOf(plan, await (await Forger.of(room.client, plan)).erase([[5, 5]]))).toBe('rights');
    expect(await refused(await keeper.erase([[2, 4]]))).toBe('taken');
  });
  it('the last keeper stays', async () => {
    expect(await refused(await keeper.leave())).toBe('rights');
  });
  it('who left writes nothing; the others first make an epoch without her', async () => {
    const shelf = new Shelf(room.room.sid, [...room.room.frames, await client.leave()]);
    const gone = await Forger.of(room.client, shelf);
    const stays = await Forger.of(room.keeper, shelf);
    expect(await refusalOf(shelf, await gone.item())).toBe('not-a-member');
    expect(await refusalOf(shelf, await stays.item())).toBe('old-epoch');
    expect(await refusalOf(shelf, await keeper.item())).toBe('taken'); // had not seen it
    expect(await refusalOf(shelf, await stays.epoch())).toBe('rights'); // who left does not stay
    expect(await refusalOf(shelf, await stays.epoch((body) => { body.members = body.members.slice(1); }))).toBe('taken');
  });
  it('a leave that crosses an epoch is nobody’s fault: old-epoch, for who would keep or replace her', async () => {
    const shelf = new Shelf(room.room.sid, [...room.room.frames, await client.leave()]);
    const row = await rowFor(await person(), { was: client.log.epoch!.body.members[0]!.pid });
    expect(await refusalOf(shelf, await keeper.epoch())).toBe('old-epoch');
    expect(await refusalOf(shelf, await keeper.epoch((body) => { body.members[0] = row; }))).toBe('old-epoch');
    expect(await refusalOf(shelf, await keeper.epoch((body) => { body.members = body.members.slice(1); }))).toBe('taken');
  });
});

describe('a listing', () => {
  const taken = async (frames: Bytes[], count: number, pins: [number, string][] = []): Promise<string> => {
    const log = newLog(room.room.sid);
    for (const [seq, run] of pins) log.pins.set(seq, run);
    await takeListing(log, { after: 0, count, frames, held: [] });
    return log.alarm?.code ?? 'taken';
  };
  it('gap: fewer than the server counts', async () => {
    expect(await taken(room.room.frames.slice(0, 3), 4)).toBe('gap');
  });
  it('rollback: fewer than were seen', async () => {
    const { frames } = room.room;
    const run = runOf(await bystander(room.room), 4);
    expect(await taken(frames.slice(0, 3), 3, [[4, run]])).toBe('rollback');
    const log = await bystander(room.room);
    await takeListing(log, { after: 0, count: 2, frames: frames.slice(0, 2), held: [] });
    expect(log.alarm?.code).toBe('rollback');
    expect(countOf(log)).toBe(4);
  });
  it('fork: another run at a pinned place, another entry where one was', async () => {
    const { frames } = room.room;
    expect(await taken(frames, 4, [[3, room.room.sid]])).toBe('fork');
    const log = await bystander(new Shelf(room.room.sid, [...frames, await client.item()]));
    await takeListing(log, { after: 4, count: 5, frames: [await client.item()], held: [] });
    expect(log.alarm).toEqual({ code: 'fork', seq: 6 });
  });
  it('a place pinned after it was taken is asked for at the end', async () => {
    const { frames } = room.room;
    const log = await bystander(room.room);
    const end = { after: 4, count: 4, frames: [], held: [] };
    log.pins.set(3, runOf(log, 3));
    await takeListing(log, end);
    expect(log.alarm).toBe(null);
    log.pins.set(3, runOf(log, 2));
    await takeListing(log, end);
    expect([log.alarm, frames.length]).toEqual([{ code: 'fork', seq: 3 }, 4]);
  });
  it('a dropped, swapped or cut entry stops it there; what stands before stays', async () => {
    const [a, b, c, d] = room.room.frames as [Bytes, Bytes, Bytes, Bytes];
    expect(await taken([a, c, d], 3)).not.toBe('taken');
    expect(await taken([a, c, b, d], 4)).not.toBe('taken');
    const log = newLog(room.room.sid);
    await takeListing(log, { after: 0, count: 4, frames: [a, b, c.slice(0, -1), d], held: [] });
    expect([log.alarm, countOf(log)]).toEqual([{ code: 'malformed', seq: 3 }, 2]);
    await takeListing(log, { after: 2, count: 4, frames: [c, d], held: [] });
    expect([log.alarm, countOf(log)]).toEqual([null, 4]);
  });
  it('a push claims no count; one from further on only says so', async () => {
    const log = await bystander(new Shelf(room.room.sid, room.room.frames.slice(0, 2)));
    const [, , c, d] = room.room.frames as [Bytes, Bytes, Bytes, Bytes];
    expect((await takeListing(log, { after: 3, count: null, frames: [d], held: [] })).behind).toBe(true);
    await takeListing(log, { after: 2, count: null, frames: [c], held: [] });
    await takeListing(log, { after: 2, count: null, frames: [c], held: [] });
    await takeListing(log, { after: 3, count: null, frames: [d], held: [] });
    expect([log.alarm, countOf(log)]).toEqual([null, 4]);
  });
  it('what this device checked is not checked again, but only if the run is the one it kept', async () => {
    const [a, b, ...rest] = room.room.frames as [Bytes, Bytes, Bytes, Bytes];
    const [suite, head, body, sig] = decode(b);
    const bad = encode(suite!, head!, body!, asBytes(sig).map((byte, at) => (at === 40 ? byte ^ 1 : byte)));
    const run = runOf(await bystander(room.room), 4);
    const log = newLog(room.room.sid);
    await takeListing(log, { after: 0, count: 4, frames: [a, bad, ...rest], held: [] }, { checked: { seq: 4, run } });
    expect(log.alarm).toEqual({ code: 'bad-signature', seq: 2 });
    const known = newLog(room.room.sid);
    await takeListing(known, { after: 0, count: 4, frames: [a, b, ...rest], held: [] }, { checked: { seq: 4, run } });
    expect(known.alarm).toBe(null);
  });
});
