import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from './cast.test-support.ts';
import { compare, decode, encode, exact, littleEndian, textOf, tidyText, toBytes, toHex, toText, utf8, type Value } from './encoding.ts';

const values = fc.letrec<{ value: Value; list: Value[] }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null), fc.maxSafeNat(), fc.uint8Array({ maxLength: 40 }).map(exact), fc.string({ unit: 'grapheme', maxLength: 20 }).map(tidyText), tie('list')
  ),
  list: fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'list' })
})).list;
const depthOf = (value: Value): number => (Array.isArray(value) ? 1 + Math.max(0, ...value.map(depthOf)) : 0);

describe('the one form of bytes', () => {
  it('decodes to what was encoded', () => {
    fc.assert(fc.property(values, (list) => {
      fc.pre(depthOf(list) <= 8);
      expect(decode(encode(...list))).toEqual(list);
    }));
  });
  it('never takes two byte strings for one value, nor breaks on rubbish', async () => {
    await fc.assert(fc.asyncProperty(values, fc.nat(), fc.nat(255), async (list, at, byte) => {
      fc.pre(depthOf(list) <= 8);
      const bytes = encode(...list);
      const changed = bytes.with(at % bytes.length, byte);
      const read = await codeOf(() => expect(toHex(encode(...decode(changed)))).toBe(toHex(changed)));
      expect(['done', 'malformed']).toContain(read);
    }));
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      expect(['done', 'malformed']).toContain(await codeOf(() => decode(bytes)));
    }));
  });
});

describe('text forms', () => {
  it('base64url, as the platform makes it', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = toText(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(toHex(toBytes(text, bytes.length))).toBe(toHex(bytes));
    }));
  });
  it.each(['A', 'AB=', 'AB', 'A+A', 'AÄAA', 'AAB'])('refuses %s', async (text) => {
    expect(await codeOf(() => toBytes(text))).toBe('malformed');
  });
  it('refuses another size', async () => {
    expect(await codeOf(() => toBytes('AAAA', 4))).toBe('malformed');
  });
  it('keeps text, less what may not begin it', () => {
    expect(tidyText('\uFEFF\uFEFFa\uD800')).toBe('a\uFFFD');
    expect(textOf(utf8('سلام'))).toBe('سلام');
    expect(textOf(Uint8Array.of(0xff))).toBe(null);
  });
  it('orders and counts bytes', () => {
    expect(Math.sign(compare(Uint8Array.of(1, 2), Uint8Array.of(1, 3)))).toBe(-1);
    expect(compare(Uint8Array.of(1), Uint8Array.of(1))).toBe(0);
    expect(littleEndian(Uint8Array.of(1, 1))).toBe(257n);
  });
});
