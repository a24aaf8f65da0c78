/** Invitations: the link authenticates both ways and never carries a space key (contract/protocol.md 6). */
import { asBytes, asList, asNumber, compare, decode, encode, equal, orNull, textOf, toBytes, toText, utf8, type Value } from './encoding.ts';
import { readPolicy, readRow, rowOf, type EpochBody, type MemberRow } from './epochs.ts';
import { suiteFields } from './frames.ts';
import type { Identity } from './identity.ts';
import { pidOf, verify } from './keys.ts';
import { kdf, open, random, seal, secretOf, sign } from './primitives.ts';
import { demand, Refusal, refuse } from './refusals.ts';
import type { Bytes, Card, Invitation, Invite, Judgement, NewInvitation, NewMember, Opened, Pid, Policy } from './types.ts';
import { tornOr } from './unlocking.ts';

const rows = (members: NewMember[]): Value[] => members.map(({ role, card }) => rowOf({ role, card, was: null }));

export async function iidOf(s: Bytes): Promise<Bytes> {
  return kdf(await secretOf(s), 'invite id', [], { size: 16 });
}

export async function proofOf(s: Bytes, { sid, client, keeper }: { sid: Bytes; client: Pid; keeper: Pid }): Promise<Bytes> {
  return kdf(await secretOf(s), 'invite proof', [sid, toBytes(client, 32), toBytes(keeper, 32)]);
}

async function linkKey(s: Bytes): Promise<CryptoKey> {
  return secretOf(await kdf(await secretOf(s), 'invite key'));
}

/** Content of an `invite` item. */
export function inviteContent({ s, others, policy, expires, state, sid }: Invite): Bytes {
  return encode(s, rows(others), policy, expires, state, sid === null ? null : toBytes(sid, 32));
}

const newMember = ({ role, card }: MemberRow): NewMember => ({ role, card });

export async function readInvite(content: Bytes): Promise<Invite> {
  const [s, others, policy, expires, state, sid] = asList(decode(content), 6);
  return {
    s: asBytes(s, 16), others: (await Promise.all(asList(others).map(readRow))).map(newMember), policy: readPolicy(policy),
    expires: asNumber(expires), state: asNumber(state, 0, 2) as 0 | 1 | 2, sid: orNull(sid, (value) => toText(asBytes(value, 32)))
  };
}

export async function makeInvitation(keeper: Identity, { others, policy, expires, note }: NewInvitation): Promise<Invitation> {
  const s = random(16);
  const iid = await iidOf(s);
  const { sign_pk, recv_pk } = keeper.card;
  const payload = encode(sign_pk, recv_pk, rows(others), policy, expires, utf8(note));
  const signed = encode(payload, await sign(keeper.signing, 'invite', iid, payload));
  const record = encode(1, iid, await seal(await linkKey(s), 'invite', [iid], signed));
  const fragment = toText(Uint8Array.from([...s, ...keeper.pidBytes.slice(0, 16)]));
  return { iid: toText(iid), s, record, fragment, item: inviteContent({ s, others, policy, expires, state: 0, sid: null }) };
}

export async function readLink(fragment: string): Promise<{ s: Bytes; keeperStart: Bytes; iid: Bytes }> {
  const bytes = tornOr(fragment);
  const s = bytes.slice(0, 16);
  return { s, keeperStart: bytes.slice(16), iid: await iidOf(s) };
}

async function payloadOf(s: Bytes, iid: Bytes, record: Bytes): Promise<{ payload: Bytes; sig: Bytes }> {
  const [, named, sealed] = asList(suiteFields(record), 3);
  const signed = equal(asBytes(named, 16), iid) ? await open(await linkKey(s), 'invite', [iid], asBytes(sealed)) : null;
  const [payload, sig] = asList(decode(signed ?? refuse('tampered', 'sealed for another link')), 2);
  return { payload: asBytes(payload), sig: asBytes(sig, 64) };
}

async function readPayload(payload: Bytes): Promise<Omit<Opened, 'iid' | 'keeper'>> {
  const [signPk, recvPk, others, policy, expires, note] = asList(decode(payload), 6);
  const card: Card = { sign_pk: asBytes(signPk, 32), recv_pk: asBytes(recvPk) };
  const rest = (await Promise.all(asList(others).map(readRow))).map(newMember);
  const text = textOf(asBytes(note)) ?? refuse('malformed', 'note');
  return { card, others: rest, policy: readPolicy(policy), expires: asNumber(expires), note: text };
}

async function opened(fragment: string, record: Bytes): Promise<Opened & { s: Bytes }> {
  const { s, keeperStart, iid } = await readLink(fragment);
  const { payload, sig } = await payloadOf(s, iid, record);
  const read = await readPayload(payload);
  const keeper = (await readRow(rowOf({ role: 0, card: read.card, was: null }))).pid;
  demand(compare(toBytes(keeper).slice(0, 16), keeperStart) === 0, 'tampered', 'another keeper than the link says');
  demand(await verify(read.card.sign_pk, sig, 'invite', iid, payload), 'tampered', 'signature');
  return { ...read, iid: toText(iid), keeper, s };
}

/** What the link and the server's record say together. Refuses `torn`, `newer`, `tampered` (anything else wrong), `expired`. */
export async function openInvitation(fragment: string, record: Bytes, now: number): Promise<Opened & { s: Bytes }> {
  const invitation = await opened(fragment, record).catch((error: unknown) => {
    const plain = error instanceof Refusal && (error.code === 'torn' || error.code === 'newer');
    throw plain || !(error instanceof Refusal) ? error : new Refusal('tampered', error.message);
  });
  demand(now <= invitation.expires, 'expired', 'the invitation has run out');
  return invitation;
}

/** What is said in the space of a knock is kept for a day. */
export const KNOCK_POLICY: Policy = [[0, 1], [1, 1], [2, 1]];

/** The shape of a knock's founding: exactly who knocks and one keeper. It proves nothing about either. */
export function isKnock({ members, policy, proof }: EpochBody, founder: Pid): boolean {
  const [knocker, keeper, ...more] = members;
  const two = knocker?.role === 1 && knocker.pid === founder && keeper?.role === 0 && !more.length;
  return two && proof === null && equal(encode(policy), encode(KNOCK_POLICY));
}

interface Claim { sid: Bytes; founder: Pid; keeper: Pid; body: EpochBody; now: number }

async function isUsual({ founder, keeper, body }: Claim, { others, policy }: { others: NewMember[]; policy: Policy }): Promise<boolean> {
  const rest = await Promise.all(others.map(async ({ role, card }) => ({ role, pid: await pidOf(card) })));
  const expected = [{ role: 1, pid: founder }, { role: 0, pid: keeper }, ...rest];
  const asTold = body.members.every(({ role, pid }, at) => role === expected[at]?.role && pid === expected[at].pid);
  return asTold && body.members.length === expected.length && equal(encode(body.policy), encode(policy));
}

/** A founding against the keeper's own list. `invites`: the newest of each s. `late` only until it was accepted. */
export async function judgeFounding(claim: Claim, invites: Invite[]): Promise<Judgement> {
  const { sid, founder, keeper, body, now } = claim;
  const [iid, proof] = body.proof ?? [null, null];
  if (!iid) return { verdict: 'no-proof', iid: null, s: null, founder };
  const ids = await Promise.all(invites.map(({ s }) => iidOf(s)));
  const invite = invites[ids.findIndex((id) => equal(id, iid))];
  const judged = { iid: toText(iid), s: invite?.s ?? null, founder };
  if (!invite || invite.state === 1) return { verdict: 'foreign-link', ...judged };
  if (invite.state === 2 && invite.sid !== toText(sid)) return { verdict: 'used-twice', ...judged };
  if (!equal(proof, await proofOf(invite.s, { sid, client: founder, keeper }))) return { verdict: 'no-proof', ...judged };
  if (!(await isUsual(claim, invite))) return { verdict: 'unusual-room', ...judged };
  return { verdict: invite.state === 0 && now > invite.expires ? 'late' : 'invited', ...judged };
}
