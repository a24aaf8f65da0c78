/** Bytes on the wire: one CBOR array in deterministic form (contract/protocol.md 1), and text forms of ids. Pure: both sides of the worker use it. */
import { demand } from './refusals.ts';
import type { Bytes } from './types.ts';

export type Value = number | string | null | Bytes | Value[];

const DEEPEST = 8;
const BOM = '\uFEFF';
const WIDE = 2 ** 32;
const [UINT, BYTES, TEXT, ARRAY] = [0, 2, 3, 4];
const NULL = 0xf6;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Major type and argument, in as few bytes as it takes. */
function heading(major: number, size: number): Uint8Array {
  const top = major * 32;
  if (size < 24) return Uint8Array.of(top + size);
  if (size < 256) return Uint8Array.of(top + 24, size);
  const view = new DataView(new ArrayBuffer(size < 65_536 ? 3 : size < WIDE ? 5 : 9));
  if (view.byteLength === 3) view.setUint16(1, size);
  else if (view.byteLength === 5) view.setUint32(1, size);
  else view.setBigUint64(1, BigInt(size));
  view.setUint8(0, top + 24 + Math.log2(view.byteLength - 1));
  return new Uint8Array(view.buffer);
}

function write(value: unknown, depth: number, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(NULL));
  else if (value instanceof Uint8Array) parts.push(heading(BYTES, value.length), value);
  else if (typeof value === 'string') {
    demand(!value.startsWith(BOM) && value.isWellFormed(), 'malformed', 'text');
    const bytes = new TextEncoder().encode(value);
    parts.push(heading(TEXT, bytes.length), bytes);
  } else if (Array.isArray(value)) {
    demand(depth < DEEPEST, 'malformed', 'too deep');
    parts.push(heading(ARRAY, value.length));
    for (const one of value as unknown[]) write(one, depth + 1, parts);
  } else {
    demand(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0, 'malformed', 'not an unsigned integer');
    parts.push(heading(UINT, value));
  }
}

/** E(x, ...) of the protocol. Refuses (`malformed`) what has no place in it. */
export function encode(...values: Value[]): Bytes {
  const parts: Uint8Array[] = [];
  write(values, 0, parts);
  return concat(...parts);
}

interface Cursor { bytes: Uint8Array; view: DataView; at: number }

/** An argument, refused unless it could not have been written shorter. */
function argument(cursor: Cursor, short: number): number {
  const { view, at } = cursor;
  if (short < 24) return short;
  const width = 2 ** (short - 24);
  demand(width <= 8 && at + width <= view.byteLength, 'malformed', 'cut');
  cursor.at += width;
  if (width === 1) return atLeast(view.getUint8(at), 24);
  if (width === 2) return atLeast(view.getUint16(at), 256);
  return width === 4 ? atLeast(view.getUint32(at), 65_536) : atLeast(Number(view.getBigUint64(at)), WIDE);
}

function atLeast(value: number, least: number): number {
  demand(value >= least && Number.isSafeInteger(value), 'malformed', 'not in the one form');
  return value;
}

function take(cursor: Cursor, size: number): Bytes {
  const bytes = cursor.bytes.subarray(cursor.at, cursor.at + size);
  demand(bytes.length === size, 'malformed', 'cut');
  cursor.at += size;
  return new Uint8Array(bytes);
}

function readText(bytes: Uint8Array): string {
  const text = textOf(bytes);
  demand(text !== null && !text.startsWith(BOM), 'malformed', 'text');
  return text;
}

function readValue(cursor: Cursor, depth: number): Value {
  const [first] = take(cursor, 1);
  const major = Math.floor((first ?? 0) / 32);
  if (first === NULL) return null;
  demand(major === UINT || major === BYTES || major === TEXT || major === ARRAY, 'malformed', 'a type that has no place here');
  const size = argument(cursor, (first ?? 0) % 32);
  if (major === UINT) return size;
  if (major === BYTES) return take(cursor, size);
  if (major === TEXT) return readText(take(cursor, size));
  demand(depth < DEEPEST && size <= cursor.bytes.length - cursor.at, 'malformed', 'too deep, or cut');
  return Array.from({ length: size }, () => readValue(cursor, depth + 1));
}

/**
 * The array that `bytes` are; any others than `encode` gives are refused (`malformed`). Written out because the one form has five types: a
 * general CBOR library is seven times as long and reads leniently.
 */
export function decode(bytes: Uint8Array): Value[] {
  const cursor = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  const value = readValue(cursor, 0);
  demand(Array.isArray(value) && cursor.at === bytes.length, 'malformed', 'not one array');
  return value;
}

/** Strips what a text may not begin with, and lone surrogates: for whoever writes. */
export function tidyText(text: string): string {
  return text.toWellFormed().replace(/^\uFEFF+/, '');
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
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
const VALUES = new Map(Array.from(SIGNS, (sign, value) => [sign.charCodeAt(0), value]));

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
  let bits = 0;
  for (let at = 0; at < text.length; at++) {
    const value = VALUES.get(text.charCodeAt(at));
    demand(value !== undefined, 'malformed', 'not base64url');
    bits = ((bits << 6) | value) & 0xffff;
    const loose = ((at + 1) * 6) % 8;
    if (loose < 6) bytes[((at + 1) * 6 - loose) / 8 - 1] = bits >> loose;
  }
  demand((bits & ((1 << ((text.length * 6) % 8)) - 1)) === 0, 'malformed', 'not the one form of base64url');
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

export function asBytes(value: Value | undefined, size?: number): Bytes {
  demand(value instanceof Uint8Array && (size === undefined || value.length === size), 'malformed', 'shape');
  return exact(value);
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
