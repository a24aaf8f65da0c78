/** Daily life, which must never look like an attack; one change to it, which must; and ten thousand entries. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bystander, Forger, invited, person, type HeadFields, type Person, type Room } from './cast.test-support.ts';
import { encode, type Value } from './encoding.ts';
import { takeListing } from './listing.ts';
import { countOf, newLog } from './log.ts';
import { random } from './primitives.ts';
import type { Bytes } from './types.ts';

const set = (at: number, value: Value) => (head: HeadFields): void => { head[at] = value; };

type Act = { do: 'say' | 'plan' | 'edit' | 'erase' | 'renew' | 'tab' | 'policy' | 'late'; by: number };
const acts = fc.array(
  fc.record({ do: fc.constantFrom<Act['do']>('say', 'say', 'plan', 'edit', 'erase', 'renew', 'tab', 'policy', 'late'), by: fc.nat(1) }),
  { minLength: 2, maxLength: 9 }
);

async function live({ room: shelf, keeper: therapist, client: other }: Room, script: Act[]): Promise<Person[]> {
  const people = [therapist, other];
  const all = [...people];
  const mine = async ({ engine }: Person): Promise<number[]> =>
    (await engine.views(shelf.sid, 1, 999)).filter(({ mine: own, item }) => own && item?.drawer === 0).map(({ seq }) => seq);
  for (const { do: what, by } of script) {
    const who = people[by]!;
    await shelf.list(who);
    const [own] = await mine(who);
    if (what === 'say') await shelf.say(who, 'hello');
    else if (what === 'plan' && by === 0) await shelf.say(who, 'plan', { drawer: 1 });
    else if (what === 'erase' && own) await shelf.add(who, (engine, sid) => engine.erase(sid, [own]));
    else if (what === 'renew' && by === 0) await shelf.add(who, (engine, sid) => engine.sealEpoch(sid, { do: 'renew' }));
    else if (what === 'policy' && by === 0) await shelf.add(who, (engine, sid) => engine.sealEpoch(sid, { do: 'policy', policy: [[0, 90]] }));
    else if (what === 'edit' && own) {
      const { id } = (await who.engine.views(shelf.sid, own, own))[0]!;
      await shelf.add(who, (engine, sid) => engine.sealEdit(sid, { id, kind: 'message', version: 1, content: encode('better') }));
    } else if (what === 'tab') {
      all.push((people[by] = await person(who.root)));
    } else if (what === 'late') {
      const { frame } = await who.engine.sealItem(shelf.sid, { drawer: 0, kind: 'message', version: 1, content: encode('slow') });
      await shelf.say(people[1 - by]!, 'meanwhile');
      shelf.frames.push(frame);
    }
  }
  return all;
}

describe('daily life', () => {
  it('raises nothing: tabs, edits, erasures, new keys and policies, entries that overtake a listing', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (script) => {
        const day = await invited();
        const everyone = [...(await live(day, script)), await person(day.client.root)];
        for (const who of everyone) {
          const { space } = await day.room.list(who);
          expect([space.alarm, space.count, space.epoch.key]).toEqual([null, day.room.frames.length, 'fits']);
          const views = await who.engine.views(day.room.sid, 1, space.count);
          for (const { item } of views) expect(['open', 'gone-erased', undefined]).toContain(item?.state);
        }
      }),
      { numRuns: 12 }
    );
  });
  const mutations: Record<string, { code: string[]; of: (frames: Bytes[], at: number) => Bytes[] }> = {
    drop: { code: ['order', 'fork', 'gap', 'old-epoch'], of: (frames, at) => frames.toSpliced(at, 1) },
    repeat: { code: ['replay', 'old-epoch', 'rights'], of: (frames, at) => frames.toSpliced(at, 0, frames[at]!) },
    flip: {
      code: ['malformed', 'bad-signature', 'newer', 'old-epoch', 'not-a-member', 'order', 'fork', 'weak-key', 'dropped', 'replay', 'rights'],
      of: (frames, at) => frames.with(at, frames[at]!.with(frames[at]!.length - 3, frames[at]!.at(-3)! ^ 1) as Bytes)
    }
  };
  it.each(Object.keys(mutations))('one change to a good log is refused: %s', { timeout: 120_000 }, async (name) => {
    const { code, of } = mutations[name]!;
    await fc.assert(
      fc.asyncProperty(acts, fc.nat(), async (script, place) => {
        const day = await invited();
        await live(day, script);
        const { frames } = day.room;
        const at = place % frames.length;
        const changed = of(frames, at);
        const log = newLog(day.room.sid);
        await takeListing(log, { after: 0, count: frames.length, frames: changed, held: [] });
        expect(code).toContain(log.alarm?.code ?? 'taken');
      }),
      { numRuns: 8 }
    );
  });
  it('is quick: ten thousand entries', { timeout: 120_000 }, async () => {
    const long = await invited();
    const page = await Forger.of(long.client, long.room);
    const frames = await Promise.all(Array.from({ length: 10_000 }, () => page.item(set(3, random(8)))));
    for (const frame of frames) long.room.frames.push(frame);
    const began = performance.now();
    const log = await bystander(long.room);
    const took = performance.now() - began;
    expect([log.alarm, countOf(log)]).toEqual([null, 10_001]);
    expect(took, 'ms').toBeLessThan(30_000); // two to six seconds on two busy cores
  });
});

