/** Bytes on the wire: one CBOR array in deterministic form (contract/protocol.md 1), and text forms of ids. Pure: both sides of the worker use it. */
import { decode as decodeCbor, encode as encodeCbor } from 'cborg';
import { demand } from './refusals.ts';
import type { Bytes } from './types.ts';

export type Value = number | string | null | Bytes | Value[];

const DEEPEST = 8;
const BOM = '\uFEFF';
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function checkValue(value: unknown, depth: number): void {
  if (value === null || value instanceof Uint8Array) return;
  if (typeof value === 'number') demand(Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0), 'malformed', 'not an unsigned integer');
  else if (typeof value === 'string') demand(!value.startsWith(BOM) && value.isWellFormed(), 'malformed', 'text');
  else {
    demand(Array.isArray(value) && depth < DEEPEST, 'malformed', 'not an array, or too deep');
    for (const one of value as unknown[]) checkValue(one, depth + 1);
  }
}

/** E(x, ...) of the protocol. Refuses (`malformed`) what has no place in it. */
export function encode(...values: Value[]): Bytes {
  checkValue(values, 0);
  return exact(encodeCbor(values));
}

/** The array that `bytes` encode; other bytes than `encode` would give for it are refused (`malformed`). */
export function decode(bytes: Uint8Array): Value[] {
  let value: unknown;
  try {
    value = decodeCbor(bytes, { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: false });
  } catch {
    value = undefined;
  }
  demand(Array.isArray(value), 'malformed', 'not one array');
  checkValue(value, 0);
  demand(equal(encodeCbor(value), bytes), 'malformed', 'not in the one form');
  return value as Value[];
}

/** Strips what a text may not begin with, and lone surrogates: for whoever writes. */
export function tidyText(text: string): string {
  return text.toWellFormed().replace(/^\uFEFF+/, '');
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Bytewise order, as ids are compared ("smaller pid first"). */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const step = (a[at] ?? 0) - (b[at] ?? 0);
    if (step) return step;
  }
  return a.length - b.length;
}

/** A copy on a buffer of exactly its own size (WebCrypto, HPKE and postMessage want no views into pools). */
export function exact(bytes: Uint8Array): Bytes {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}

export function concat(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function utf8(text: string): Bytes {
  return exact(new TextEncoder().encode(text));
}

/** UTF-8 text of bytes, or null if it is none. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NONE = 255;
const VALUES = new Uint8Array(128).fill(NONE);
Array.from(SIGNS, (sign, value) => (VALUES[sign.charCodeAt(0)] = value));

/** base64url without padding. By hand: ten thousand ids pass here when a log is checked, and btoa takes twice as long. */
export function toText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += SIGNS.charAt(three >> 18) + SIGNS.charAt((three >> 12) & 63) + SIGNS.charAt((three >> 6) & 63) + SIGNS.charAt(three & 63);
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3));
}

/** Bytes of base64url text; refused (`malformed`) unless it is the one form for them (and of `size`, if said). */
export function toBytes(text: string, size?: number): Bytes {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  demand(text.length % 4 !== 1 && (size === undefined || bytes.length === size), 'malformed', 'not base64url of that size');
  const value = (at: number): number => (at < text.length ? (VALUES[text.charCodeAt(at)] ?? NONE) : 0);
  let seen = 0;
  let four = 0;
  for (let from = 0, to = 0; from < text.length; from += 4, to += 3) {
    const a = value(from);
    const b = value(from + 1);
    const c = value(from + 2);
    const d = value(from + 3);
    seen |= a | b | c | d;
    four = (a << 18) | (b << 12) | (c << 6) | d;
    bytes[to] = four >> 16;
    bytes[to + 1] = four >> 8;
    bytes[to + 2] = four;
  }
  demand(seen < 64, 'malformed', 'not base64url');
  const loose = (4 - (text.length % 4)) % 4;
  demand((four & ((1 << (loose * 8)) - 1)) === 0, 'malformed', 'not the one form of base64url');
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Little-endian number of bytes. */
export function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

// ---- shapes: each refuses with `malformed` -----------------------------------------------------------------------------------------
export function asList(value: Value | undefined, size?: number): Value[] {
  demand(Array.isArray(value) && (size === undefined || value.length === size), 'malformed', 'shape');
  return value;
}

/** As `asBytes`, but maybe a view: asking a short array for its buffer costs more than reading it. */
export function asView(value: Value | undefined, size?: number): Uint8Array {
  demand(value instanceof Uint8Array && (size === undefined || value.length === size), 'malformed', 'shape');
  return value;
}

export function asBytes(value: Value | undefined, size?: number): Bytes {
  return exact(asView(value, size));
}

export function asNumber(value: Value | undefined, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  demand(typeof value === 'number' && value >= least && value <= most, 'malformed', 'shape');
  return value;
}

export function asText(value: Value | undefined): string {
  demand(typeof value === 'string', 'malformed', 'shape');
  return value;
}

export function orNull<T>(value: Value | undefined, as: (value: Value | undefined) => T): T | null {
  return value === null ? null : as(value);
}
