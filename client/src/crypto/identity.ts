/** A person's keys, all from one root (contract/protocol.md 2). */
import { asBytes, asList, asNumber, decode, encode, equal, exact, orNull, toBytes } from './encoding.ts';
import { pidOf } from './keys.ts';
import { kdf, open, random, receivingKey, seal, secretOf, sign, signingKey, type ReceivingKey, type Secret, type SigningKey } from './primitives.ts';
import { demand, refuse } from './refusals.ts';
import type { Bytes, Card, Pid } from './types.ts';

export interface Identity {
  root: Bytes;
  secret: Secret;
  pid: Pid;
  pidBytes: Bytes;
  card: Card;
  signing: SigningKey;
  receiving: ReceivingKey;
}

export async function identityOf(root: Bytes): Promise<Identity> {
  demand(root.length === 32, 'malformed', 'a root is 32 bytes');
  const own = root.slice();
  const secret = await secretOf(own);
  const signing = await signingKey(await kdf(secret, 'sign'));
  const receiving = await receivingKey(await kdf(secret, 'receive'));
  const card = { sign_pk: signing.public, recv_pk: receiving.public };
  const pid = await pidOf(card);
  return { root: own, secret, pid, pidBytes: toBytes(pid, 32), card, signing, receiving };
}

export function signIn(identity: Identity, { origin, nonce }: { origin: string; nonce: Bytes }): Promise<Bytes> {
  demand(nonce.length === 16, 'malformed', 'a nonce is 16 bytes');
  return sign(identity.signing, 'sign-in', origin, nonce, identity.pidBytes);
}

/** Kept in IndexedDB; the share lies with the session: either alone opens nothing. */
export async function makeResume(identity: Identity, device: Bytes): Promise<{ record: Bytes; share: Bytes }> {
  const share = random(32);
  const sealed = await seal(await secretOf(share), 'resume', [device, identity.pidBytes], identity.root);
  return { record: encode(1, identity.pidBytes, sealed), share };
}

export async function openResume(record: Bytes, { share, device }: { share: Bytes; device: Bytes }): Promise<Identity> {
  const fields = decode(record);
  demand(asNumber(fields[0]) === 1, 'newer', 'resume record');
  const [, pid, sealed] = asList(fields, 3);
  const root = await open(await secretOf(share), 'resume', [device, asBytes(pid, 32)], asBytes(sealed));
  return checked((root ?? refuse('wrong-secret', 'resume')), asBytes(pid, 32));
}

async function checked(root: Bytes, pid: Bytes): Promise<Identity> {
  const identity = await identityOf(root);
  demand(equal(identity.pidBytes, pid), 'altered', 'the record holds the root of another');
  return identity;
}

const localKey = async (identity: Identity, device: Bytes): Promise<Secret> =>
  secretOf(await kdf(identity.secret, 'local', [device]));

export async function sealLocal(identity: Identity, device: Bytes, name: string, plain: Bytes): Promise<Bytes> {
  return seal(await localKey(identity, device), 'local', [name], exact(plain));
}

export async function openLocal(identity: Identity, device: Bytes, name: string, sealed: Bytes): Promise<Bytes> {
  return (await open(await localKey(identity, device), 'local', [name], exact(sealed))) ?? refuse('altered', name);
}

export interface OpenedRecord { mid: Bytes; kind: number; identity: Identity; ownSid: Bytes | null }

/** `E(1, mid, kind, pid, seal(unlock key, "unlock", [mid, kind, pid], E(root, own sid)))` */
export async function sealRecord(
  identity: Identity, { key, mid, kind, ownSid }: { key: Secret; mid: Bytes; kind: number; ownSid: Bytes }
): Promise<Bytes> {
  const context = [mid, kind, identity.pidBytes];
  return encode(1, ...context, await seal(key, 'unlock', context, encode(identity.root, ownSid)));
}

export function readRecord(record: Bytes): { mid: Bytes; kind: number; pid: Bytes; sealed: Bytes } {
  const fields = asList(decode(record));
  demand(asNumber(fields[0]) === 1, 'newer', 'key record');
  const [, mid, kind, pid, sealed] = asList(fields, 5);
  return { mid: asBytes(mid, 16), kind: asNumber(kind, 0, 3), pid: asBytes(pid, 32), sealed: asBytes(sealed) };
}

export async function openRecord(record: Bytes, key: Secret): Promise<OpenedRecord> {
  const { mid, kind, pid, sealed } = readRecord(record);
  const plain = (await open(key, 'unlock', [mid, kind, pid], sealed)) ?? refuse('wrong-secret', 'this does not open the record');
  const [root, ownSid] = asList(decode(plain), 2);
  const identity = await checked(asBytes(root, 32), pid);
  plain.fill(0);
  return { mid, kind, identity, ownSid: orNull(ownSid, (value) => asBytes(value, 32)) };
}
