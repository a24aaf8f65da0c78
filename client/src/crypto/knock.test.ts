/** A knock: keys that nobody knows, in a space of two that proves nothing about either. */
import { describe, expect, it } from 'vitest';
import { codeOf, invited, person, Shelf } from './cast.test-support.ts';
import { exact } from './encoding.ts';
import type { Change } from './types.ts';

async function knocked() {
  const keeper = await person();
  const knocker = await person();
  const { own, shared, keeper: pid } = await knocker.engine.foundKnock(keeper.me.card);
  const room = new Shelf(shared.sid, [shared.frame]);
  await room.list(knocker);
  await room.list(keeper);
  return { keeper, knocker, own, room, pid };
}

describe('a knock', () => {
  it('is seen as one by both, and both can write', async () => {
    const { keeper, knocker, room, pid } = await knocked();
    expect(pid).toBe(keeper.me.pid);
    expect((await keeper.engine.judge(room.sid)).verdict).toBe('knock');
    expect((await knocker.engine.judge(room.sid)).verdict).toBe('knock');
    expect((await room.say(knocker, 'It is me.')).space.alarm).toBe(null);
    expect((await room.say(keeper, 'I hear you.')).space.alarm).toBe(null);
  });
  it('a keeper whose card cannot be wrapped for is refused before anything is made', async () => {
    const keeper = await person();
    const knocker = await person();
    const recv_pk = exact(keeper.me.card.recv_pk).slice(1);
    expect(await codeOf(() => knocker.engine.foundKnock({ ...keeper.me.card, recv_pk }))).toBe('weak-key');
  });
  it('ends when the keeper closes it', async () => {
    const { keeper, knocker, room } = await knocked();
    await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'close' } satisfies Change));
    expect((await room.list(knocker)).space.closed?.by).toBe(keeper.me.pid);
    expect((await knocker.engine.judge(room.sid)).verdict).toBe('knock');
  });
});

describe('a room that is given back', () => {
  it('reads what is said from now on; the past only once it was given, and then from its beginning', async () => {
    const { keeper, client, room } = await invited();
    await room.say(client, 'before');
    await room.list(keeper);
    const now = await person();
    const change = { do: 'succeed', was: client.me.pid, card: now.me.card, past: false, assents: [] } as const;
    await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, change));
    await room.say(keeper, 'after');
    const first = await room.list(now);
    expect(first.entries.flatMap(({ item }) => item?.state ?? [])).toEqual(['no-key', 'open']);
    await room.add(keeper, (engine, sid) => engine.sealEpoch(sid, { do: 'past', to: now.me.pid }));
    const { entries, space } = await room.list(now);
    expect(space.alarm).toBe(null);
    expect(entries.map(({ seq, item }) => [seq, item?.state])).toEqual([[2, 'open'], [5, undefined]]);
  });
});
