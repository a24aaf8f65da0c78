/** The body of an epoch: the whole membership, the policy and the wrapped key, as everyone can read it (contract/protocol.md 4). */
import { asBytes, asList, asNumber, decode, encode, orNull, toBytes, toText, type Value } from './encoding.ts';
import { checkCard, pidOf } from './keys.ts';
import { demand } from './refusals.ts';
import type { Bytes, Card, Drawer, EntryId, Pid, Policy, Role } from './types.ts';

const MOST_MEMBERS = 16;
const MOST_ASSENTS = 256;
const MOST_DAYS = 36_500;
const WRAPPED = 1168;

export interface MemberRow { role: Role; card: Card; was: Pid | null; pid: Pid }
export interface Past { place: number; wrap: Bytes; sealed: Bytes }
export interface EpochBody {
  sid: Bytes;
  n: number;
  salt: Bytes | null;
  members: MemberRow[];
  policy: Policy;
  commit: Bytes;
  wraps: Bytes[];
  past: Past[];
  assents: [number, Bytes][];
  proof: [Bytes, Bytes] | null;
}

/** An epoch in its place of the log. `placed`: pid → the entry since which that keeper is placed. */
export interface Epoch { id: EntryId; seq: number; time: number; body: EpochBody; placed: Map<Pid, number> }

export async function readRow(value: Value | undefined): Promise<MemberRow> {
  const [role, signPk, recvPk, was] = asList(value, 4);
  const card = { sign_pk: asBytes(signPk), recv_pk: asBytes(recvPk) };
  const row = { role: asNumber(role, 0, 1) as Role, was: orNull(was, (pid) => toText(asBytes(pid, 32))) };
  checkCard(card);
  return { ...row, card, pid: await pidOf(card) };
}

export function rowOf({ role, card, was }: { role: Role; card: Card; was: Pid | null }): Value[] {
  return [role, card.sign_pk, card.recv_pk, was === null ? null : toBytes(was, 32)];
}

export function readPolicy(value: Value | undefined): Policy {
  const policy = asList(value).map((pair): [Drawer, number] => {
    const [drawer, days] = asList(pair, 2);
    return [asNumber(drawer, 0, 2) as Drawer, asNumber(days, 0, MOST_DAYS)];
  });
  policy.forEach(([drawer], at) => { demand(drawer > (policy[at - 1]?.[0] ?? -1), 'malformed', 'drawers rise'); });
  return policy;
}

function readPast(value: Value | undefined, members: number): Past[] {
  const past = asList(value).map((row): Past => {
    const [place, wrap, sealed] = asList(row, 3);
    return { place: asNumber(place, 0, members - 1), wrap: asBytes(wrap, WRAPPED), sealed: asBytes(sealed) };
  });
  demand(new Set(past.map(({ place }) => place)).size === past.length, 'malformed', 'a place twice');
  return past;
}

function readAssents(value: Value | undefined): [number, Bytes][] {
  const assents = asList(value);
  demand(assents.length <= MOST_ASSENTS, 'malformed', 'too many assents');
  return assents.map((row) => {
    const [place, sig] = asList(row, 2);
    return [asNumber(place), asBytes(sig, 64)];
  });
}

function readProof(value: Value): [Bytes, Bytes] {
  const [iid, proof] = asList(value, 2);
  return [asBytes(iid, 16), asBytes(proof, 32)];
}

/** Refuses `malformed` and `weak-key`. */
export async function readEpoch(bytes: Bytes): Promise<EpochBody> {
  const [sid, n, salt, rows, policy, commit, wraps, past, assents, proof] = asList(decode(bytes), 10);
  const listed = asList(rows);
  demand(listed.length <= MOST_MEMBERS, 'malformed', 'sixteen members at most');
  const shape = {
    sid: asBytes(sid, 32), n: asNumber(n, 1), salt: orNull(salt, (value) => asBytes(value, 16)), policy: readPolicy(policy),
    commit: asBytes(commit, 32), wraps: asList(wraps, listed.length).map((one) => asBytes(one, WRAPPED)),
    past: readPast(past, listed.length), assents: readAssents(assents),
    proof: proof === null || proof === undefined ? null : readProof(proof)
  };
  const members = await Promise.all(listed.map(readRow));
  demand(new Set(members.map(({ pid }) => pid)).size === members.length, 'malformed', 'each pid once');
  return { ...shape, members };
}

export function epochBytes(body: EpochBody): Bytes {
  return encode(
    body.sid, body.n, body.salt, body.members.map(rowOf), body.policy, body.commit, body.wraps,
    body.past.map(({ place, wrap, sealed }) => [place, wrap, sealed]), body.assents, body.proof
  );
}
