/** Links, what they tell, and the rooms founded from them. */
import { describe, expect, it } from 'vitest';
import { bystander, codeOf, DAY, invited, NOON, person, Shelf } from './cast.test-support.ts';
import { createEngine } from './engine.ts';
import { asBytes, decode, encode, exact, toBytes, utf8 } from './encoding.ts';
import { identityOf, type Identity } from './identity.ts';
import { inviteContent, judgeFounding } from './invitations.ts';
import { random, secretOf, sign, seal, kdf } from './primitives.ts';
import type { Bytes, Crypto } from './types.ts';

async function fresh(): Promise<Crypto> {
  const engine = createEngine({ now: () => NOON });
  await engine.setOrigin('https://a.example');
  return engine;
}

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
