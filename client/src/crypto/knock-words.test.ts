/** The words of a knock: the same on both sides, and hard to guess among four. */
import { describe, expect, it } from 'vitest';
import { toBytes, toText } from './encoding.ts';
import { amongFour, knockBytes } from './knock.ts';
import { random } from './primitives.ts';

const end = () => ({ pid: toText(random(32)), nonce: random(16) });

describe('the words of a knock', () => {
  it('are the same for both, and others for any other page, person or space', async () => {
    const [sid, one, two] = [random(32), end(), end()];
    const said = toText(await knockBytes(sid, one, two));
    expect(toText(await knockBytes(sid, two, one))).toBe(said);
    const others = [knockBytes(random(32), one, two), knockBytes(sid, { ...one, nonce: random(16) }, two), knockBytes(sid, one, end())];
    for (const other of await Promise.all(others)) expect(toText(other)).not.toBe(said);
  });
  it('stand among three others, different at every place', () => {
    for (let n = 0; n < 50; n++) {
      const { row, among, place } = amongFour(random(8));
      expect(among).toHaveLength(4);
      expect(among[place]).toEqual(row);
      for (const at of [0, 1, 2, 3, 4]) expect(new Set(among.map(({ words }) => words[at])).size).toBe(4);
      for (const at of [0, 1, 2, 3]) expect(new Set(among.map(({ digits }) => digits[at])).size).toBe(4);
    }
  });
  it('what chance drew too near is drawn again', () => {
    const near = toBytes('AAAAAAAAAAA');
    const drawn = [near, new Uint8Array(8).fill(9), near, new Uint8Array(8).fill(90), new Uint8Array(8).fill(200), new Uint8Array([7])];
    const { among, place } = amongFour(near, () => drawn.shift() ?? random(8));
    expect(place).toBe(3);
    expect(new Set(among.map(({ words }) => words.join(' '))).size).toBe(4);
    expect(drawn).toHaveLength(0);
  });
  it('chance puts the true row at every place', () => {
    const places = new Set(Array.from({ length: 200 }, () => amongFour(random(8)).place));
    expect(places).toEqual(new Set([0, 1, 2, 3]));
  });
});
