/** From what a person holds to the key that opens her record (contract/protocol.md 3). The server sends no parameters, so it can lower none. */
import { argon2id } from 'hash-wasm';
import { readSigns, writeSigns } from './codes.ts';
import { exact, toBytes, toHex, toText, utf8 } from './encoding.ts';
import { hash, kdf, labelled, random, secretOf, sha256, type Secret } from './primitives.ts';
import { demand, refuse } from './refusals.ts';
import type { Bytes, Unlock } from './types.ts';
import { words } from './words.ts';

const MEMORY_KIB = 65_536;

export async function stretch(password: Bytes, { salt, size }: { salt: Bytes; size: number }): Promise<Bytes> {
  const options = { password, salt, parallelism: 1, iterations: 3, memorySize: MEMORY_KIB, hashLength: size } as const;
  return exact(await argon2id({ ...options, outputType: 'binary' }));
}

/** NFKC, runs of white space to one space, trimmed. */
export function tidyPassphrase(typed: string): string {
  return typed.normalize('NFKC').replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
}

export function checkLogin(login: string): void {
  demand(/^[a-z0-9._-]{3,64}$/.test(login), 'mistyped', '3 to 64 of a-z 0-9 . _ -');
}

/** The input a passkey's PRF is asked for. */
export function prfInput(): Promise<Bytes> {
  return sha256(labelled('prf'));
}

/** Six words, drawn without bias (2,048 divides 2^16). */
export function drawWords(): string[] {
  return Array.from(new Uint16Array(random(12).buffer), (number) => words[number % 2048] ?? refuse('malformed'));
}

/** The kind of code that a recovery sheet bears. */
const SHEET = 0;

async function codeCheck(bytes: Bytes): Promise<number> {
  return (await hash('code', bytes))[0] ?? 0;
}

/** 16 bytes, one byte of check, four zero bits: 28 signs in groups of four. */
export async function codeText(bytes: Bytes): Promise<string> {
  return writeSigns({ bytes, check: await codeCheck(bytes), kind: SHEET });
}

/** 16 bytes of a typed recovery code, or `mistyped`. */
export async function codeBytes(typed: string): Promise<Bytes> {
  const { bytes, check, kind } = readSigns(typed);
  demand(kind === SHEET && check === (await codeCheck(bytes)), 'mistyped', 'recovery code');
  return bytes;
}

async function passphraseSecret(typed: string, login: string): Promise<Bytes> {
  checkLogin(login);
  const tidied = tidyPassphrase(typed);
  demand(tidied.length >= 16, 'mistyped', 'six words, or 16 characters');
  return stretch(utf8(tidied), { salt: (await sha256(labelled('salt', login))).slice(0, 16), size: 32 });
}

/** The 32 or 16 bytes a method stands on; Argon2id for a passphrase (a third of a second). */
export async function secretBytes({ kind, login, secret }: Unlock): Promise<Bytes> {
  if (kind === 1) return passphraseSecret(typeof secret === 'string' ? secret : refuse('mistyped'), login ?? refuse('mistyped', 'login'));
  if (kind === 2 && typeof secret === 'string') return codeBytes(secret);
  demand(typeof secret !== 'string' && secret.length === (kind === 0 ? 32 : 16), 'mistyped', 'secret');
  return secret;
}

export interface Keys { login: string; loginSecret: string; unlocking: Secret }

/** What the server is sent, and the key that stays: both from one secret, neither tells the other. */
export async function keysOf(unlock: Unlock, origin: string): Promise<Keys> {
  const secret = await secretOf(exact(await secretBytes(unlock)));
  const login = unlock.login ?? (unlock.kind >= 2 ? toHex(await kdf(secret, 'lookup', [], { size: 16 })) : '');
  checkLogin(login);
  const loginSecret = toText(await kdf(secret, 'login', [origin, login]));
  return { login, loginSecret, unlocking: await secretOf(await kdf(secret, 'unlock', [unlock.kind])) };
}

/** `/r#`: the link's 16 bytes and the beginning of the keeper's pid. */
export function readRoomLink(fragment: string): { secret: Bytes; keeperStart: Bytes } {
  const bytes = tornOr(fragment);
  return { secret: bytes.slice(0, 16), keeperStart: bytes.slice(16) };
}

/** 32 bytes of a 43-character fragment; `torn` if it was cut or garbled on the way. */
export function tornOr(fragment: string): Bytes {
  const text = fragment.replace(/^#/, '').trim();
  demand(/^[A-Za-z0-9_-]{43}$/.test(text), 'torn', 'the link is not whole');
  try {
    return toBytes(text, 32);
  } catch {
    return refuse('torn', 'the link is not whole');
  }
}

