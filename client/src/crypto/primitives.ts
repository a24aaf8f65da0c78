/** The few operations everything is made of (contract/protocol.md 1): hash, kdf, sign, seal, wrap. */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { concat, encode, exact, type Value } from './encoding.ts';
import { demand } from './refusals.ts';
import type { Bytes } from './types.ts';

const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const ENC = 1120;
const SALT = 32;
const ZERO_NONCE = new Uint8Array(12);
const { subtle } = crypto;

/** A secret that keys are derived from; `extractable` never. */
export type Secret = CryptoKey;

export function random(size: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(size));
}

function label(name: string): string {
  return `attune/1/${name}`;
}

/** E(L(name), values...) */
export function labelled(name: string, ...values: Value[]): Bytes {
  return encode(label(name), ...values);
}

let digest = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await subtle.digest('SHA-256', bytes));

/** Another SHA-256 than the browser's own, which crosses to another thread and back: for the short bytes of a long log that takes longer than hashing. */
export function digestBy(own: (bytes: Bytes) => Bytes): void {
  digest = (bytes) => Promise.resolve(own(bytes));
}

export function sha256(bytes: Bytes): Promise<Bytes> {
  return digest(bytes);
}

export function hash(name: string, ...values: Value[]): Promise<Bytes> {
  return sha256(labelled(name, ...values));
}

export function secretOf(bytes: Bytes): Promise<Secret> {
  return subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey']);
}

function hkdf(name: string, values: Value[], salt: Bytes): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt, info: labelled(name, ...values) };
}

export async function kdf(key: Secret, name: string, values: Value[] = [], { salt = new Uint8Array(0), size = 32 } = {}): Promise<Bytes> {
  return new Uint8Array(await subtle.deriveBits(hkdf(name, values, exact(salt)), key, size * 8));
}

function sealingKey(key: Secret, name: string, salt: Bytes, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return subtle.deriveKey(hkdf(name, [], salt), key, { name: 'AES-GCM', length: 256 }, false, [use]);
}

/** A fresh key for every sealing, so the zero nonce is safe and a retry harmless. */
export async function seal(key: Secret, name: string, context: Value[], plain: Bytes): Promise<Bytes> {
  const salt = random(SALT);
  const params = { name: 'AES-GCM', iv: ZERO_NONCE, additionalData: labelled(name, ...context) };
  return concat(salt, new Uint8Array(await subtle.encrypt(params, await sealingKey(key, name, salt, 'encrypt'), plain)));
}

/** The plaintext, or null if it does not open. */
export async function open(key: Secret, name: string, context: Value[], sealed: Bytes): Promise<Bytes | null> {
  if (sealed.length < SALT + 16) return null;
  const params = { name: 'AES-GCM', iv: ZERO_NONCE, additionalData: labelled(name, ...context) };
  const opening = await sealingKey(key, name, sealed.slice(0, SALT), 'decrypt');
  return subtle.decrypt(params, opening, sealed.slice(SALT)).then(
    (plain) => new Uint8Array(plain),
    () => null
  );
}

/** PKCS#8 around an Ed25519 seed (RFC 8410): WebCrypto takes private keys in no rawer form everywhere. */
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

export interface SigningKey { secret: CryptoKey; public: Bytes }

/** `seed`: 32 bytes. */
export async function signingKey(seed: Bytes): Promise<SigningKey> {
  const pkcs8 = concat(PKCS8, seed);
  const readable = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const secret = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  const { x } = await subtle.exportKey('jwk', readable);
  pkcs8.fill(0);
  demand(x, 'malformed', 'this browser cannot tell the public half of a key');
  return { secret, public: Uint8Array.from(atob(x.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0)) };
}

export async function sign(key: SigningKey, name: string, ...values: Value[]): Promise<Bytes> {
  return new Uint8Array(await subtle.sign('Ed25519', key.secret, labelled(name, ...values)));
}

export interface ReceivingKey { secret: CryptoKey; public: Bytes }

/** `seed`: 32 bytes, itself the X-Wing private key (hpke-js's deriveKeyPair would hash it first). */
export async function receivingKey(seed: Bytes): Promise<ReceivingKey> {
  const pair = await kem.generateKeyPairDerand(seed.slice());
  return {
    secret: await kem.importKey('raw', seed.slice().buffer, false),
    public: new Uint8Array(await kem.serializePublicKey(pair.publicKey))
  };
}

/** HPKE to `recvPk` (1,216 bytes); 1,168 bytes for a plaintext of 32. */
export async function wrap(recvPk: Bytes, context: Value[], plain: Bytes): Promise<Bytes> {
  const recipientPublicKey = await kem.deserializePublicKey(recvPk.slice().buffer);
  const { enc, ct } = await suite.seal({ recipientPublicKey, info: labelled('wrap', ...context).buffer }, plain.slice().buffer);
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/** What was wrapped, or null if it does not open. */
export async function unwrap(key: ReceivingKey, context: Value[], wrapped: Bytes): Promise<Bytes | null> {
  const parameters = { recipientKey: key.secret, enc: wrapped.slice(0, ENC).buffer, info: labelled('wrap', ...context).buffer };
  return suite.open(parameters, wrapped.slice(ENC).buffer).then(
    (plain) => new Uint8Array(plain),
    () => null
  );
}
