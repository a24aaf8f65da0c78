/** Sixteen bytes as people write and say them: 28 signs without look-alikes, in groups of four. Pure, for the page too. */
import { toHex } from './encoding.ts';
import { demand } from './refusals.ts';
import type { Bytes } from './types.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Characters of a whole code. */
export const SIGNS = 28;

const arabicDigit = (sign: string): string => String((sign.codePointAt(0) ?? 0) % 16);

/** As a hand writes it, to the one form: capitals; O is 0; I and L are 1; Arabic digits; no spaces or hyphens. */
export function foldCode(typed: string): string {
  const digits = typed.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, arabicDigit);
  return digits.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1').replace(/[\s\-\u2010-\u2015\u2212]/g, '');
}

/** The bytes, one byte of check, and four bits that say what kind of code it is. */
export interface Coded {
  bytes: Bytes;
  check: number;
  kind: number;
}

export function writeSigns({ bytes, check, kind }: Coded): string {
  const number = (BigInt(`0x${toHex(bytes)}`) * 256n + BigInt(check)) * 16n + BigInt(kind);
  const signs = Array.from({ length: SIGNS }, (_, at) => CROCKFORD[Number((number / 32n ** BigInt(SIGNS - 1 - at)) % 32n)] ?? '');
  return signs.join('').replace(/(.{4})(?=.)/g, '$1-');
}

/** Of 28 signs as a hand writes them, or `mistyped`. Whether check and kind fit is for the caller. */
export function readSigns(typed: string): Coded {
  const values = Array.from(foldCode(typed), (sign) => CROCKFORD.indexOf(sign));
  demand(values.length === SIGNS && !values.includes(-1), 'mistyped', `a code has ${SIGNS} signs`);
  const number = values.reduce((sum, value) => sum * 32n + BigInt(value), 0n);
  const bytes = Uint8Array.from({ length: 16 }, (_, at) => Number((number / 256n ** BigInt(15 - at) / 4096n) % 256n));
  return { bytes, check: Number((number / 16n) % 256n), kind: Number(number % 16n) };
}
