/** One entry of a space's log as it travels (contract/protocol.md 4): whole `E(1, head, body, sig)`, or bare with the body's hash. */
import { asBytes, asList, asNumber, asView, decode, encode, orNull, toText, type Value } from './encoding.ts';
import { hash, sha256 } from './primitives.ts';
import { demand } from './refusals.ts';
import type { Bytes, Drawer, EntryId, Iid, Run, Writer } from './types.ts';

export const EPOCH = 0;
export const ITEM = 1;
export const ERASE = 2;
export const LEAVE = 3;
const ITEM_LIMIT = 70_000;
const EPOCH_LIMIT = 1_000_000;

export type Ranges = [number, number][];

export interface Head {
  type: number;
  ctl: EntryId | null;
  who: number;
  writer: Writer;
  iid: Iid;
  prev: EntryId | null;
  seenSeq: number;
  seenRun: Run;
  time: number;
  drawer: Drawer;
  blobs: string[];
  ranges: Ranges;
}

/** A frame of exact shape, not judged yet. `id` is the same whole or bare. */
export interface Frame { headBytes: Bytes; head: Head; body: Bytes | null; bodyHash: Bytes; sig: Bytes; id: EntryId }

const idText = (size: number) => (value: Value | undefined): string => toText(asView(value, size));

function itemExtra(value: Value | undefined): { drawer: Drawer; blobs: string[] } {
  const [drawer, listed] = asList(value, 2);
  const blobs = asList(listed).map(idText(16));
  demand(new Set(blobs).size === blobs.length, 'malformed', 'a blob twice');
  return { drawer: asNumber(drawer, 0, 2) as Drawer, blobs };
}

function eraseExtra(value: Value | undefined): Ranges {
  const ranges = asList(value).map((pair): [number, number] => {
    const [from, to] = asList(pair, 2);
    return [asNumber(from, 1), asNumber(to, 1)];
  });
  demand(ranges.length > 0, 'malformed', 'no range');
  ranges.forEach(([from, to], at) => {
    demand(from <= to && from > (ranges[at - 1]?.[1] ?? 0), 'malformed', 'ranges rise and stand apart');
  });
  return ranges;
}

export function readHead(bytes: Bytes): Head {
  const [kind, ctl, who, writer, iid, prev, seenSeq, seenRun, time, extra] = asList(decode(bytes), 10);
  const type = asNumber(kind, 0, LEAVE);
  const { drawer, blobs } = type === ITEM ? itemExtra(extra) : { drawer: 0 as const, blobs: [] };
  const ranges = type === ERASE ? eraseExtra(extra) : [];
  demand(type === ITEM || type === ERASE || extra === null, 'malformed', 'extra');
  return {
    type, ctl: orNull(ctl, idText(32)), who: asNumber(who), writer: idText(8)(writer), iid: idText(16)(iid), prev: orNull(prev, idText(32)),
    seenSeq: asNumber(seenSeq), seenRun: idText(32)(seenRun), time: asNumber(time), drawer, blobs, ranges
  };
}

/** The fields of a kept record, which begins with its suite; another suite is `newer`. */
export function suiteFields(bytes: Bytes): Value[] {
  const fields = decode(bytes);
  demand(asNumber(fields[0]) === 1, 'newer', 'written by a newer version');
  return fields;
}

/** Refuses `too-big`, `malformed`, `newer`, and `dropped` for what may not be bare. */
export async function readFrame(bytes: Bytes): Promise<Frame> {
  demand(bytes.length <= EPOCH_LIMIT, 'too-big');
  const fields = suiteFields(bytes);
  const isBare = fields.length === 5 && fields[2] === null;
  demand(isBare || fields.length === 4, 'malformed', 'frame');
  const headBytes = asBytes(fields[1]);
  const body = isBare ? null : asBytes(fields[2]);
  const sig = asBytes(fields[3], 64);
  const head = readHead(headBytes);
  demand(head.type === EPOCH || bytes.length <= ITEM_LIMIT, 'too-big');
  demand(body || head.type === ITEM, 'dropped', 'only an item may be without its body');
  demand(head.type === EPOCH || head.type === ITEM || body?.length === 0, 'malformed', 'the body of an erasure or a leave is empty');
  const bodyHash = body ? await sha256(body) : asBytes(fields[4], 32);
  return { headBytes, head, body, bodyHash, sig, id: toText(await hash('entry id', 1, headBytes, bodyHash, sig)) };
}

export function wholeFrame(headBytes: Bytes, body: Bytes, sig: Bytes): Bytes {
  return encode(1, headBytes, body, sig);
}

/** The bytes as they came, or bare where the body is gone. */
export function frameBytes({ headBytes, body, sig, bodyHash }: Frame): Bytes {
  return body ? wholeFrame(headBytes, body, sig) : encode(1, headBytes, null, sig, bodyHash);
}
