import { describe, expect, it } from 'vitest';
import { codeOf } from './cast.test-support.ts';
import { readSpoken, writeSpoken } from './spoken.ts';
import { codeBytes, codeText } from './unlocking.ts';

const bytes = Uint8Array.from({ length: 16 }, (_, at) => at * 17);

describe('a link that is read out', () => {
  it('comes back as it was, however it was written down', async () => {
    const said = await writeSpoken(bytes);
    expect(said).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
    const heard = said.toLowerCase().replaceAll('1', 'l').replaceAll('0', 'o').replaceAll('2', '\u0662').replaceAll('-', ' ');
    expect(await readSpoken(heard)).toEqual(bytes);
  });
  it('with any one sign wrong is noticed on this device', async () => {
    const said = (await writeSpoken(bytes)).replaceAll('-', '');
    const codes = await Promise.all(Array.from(said, (sign, at) => codeOf(() => readSpoken(said.slice(0, at) + (sign === '7' ? '8' : '7') + said.slice(at + 1)))));
    // One byte of check: of 28 wrong signs all but a few are noticed, and what is not leads nowhere.
    expect(codes.filter((code) => code === 'mistyped').length).toBeGreaterThan(26);
    expect(await codeOf(() => readSpoken(said.slice(1)))).toBe('mistyped');
  });
  it('is no recovery code, and no recovery code is one: neither is ever sent as the other', async () => {
    for (let tries = 0; tries < 600; tries++) {
      const secret = crypto.getRandomValues(new Uint8Array(16));
      expect(await codeOf(async () => readSpoken(await codeText(secret)))).toBe('mistyped');
      expect(await codeOf(async () => codeBytes(await writeSpoken(secret)))).toBe('mistyped');
    }
  });
});
