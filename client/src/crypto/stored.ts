/**
 * A checked log as this device keeps it, under its own seal: of each entry what the rules of later ones ask about, without head, text and signature.
 * Whoever opens it goes on where it stands; a frame that is brought later has to be the one whose id stands here.
 */
import type { EpochBody } from './epochs.ts';
import { EPOCH, ITEM, type Ranges } from './frames.ts';
import { append, newLog, type Entry, type Log, type Marks } from './log.ts';
import { demand, refuse } from './refusals.ts';
import type { Bytes, Drawer, EntryId, Iid, Pid, Run, Sid } from './types.ts';

const VERSION = 1;
const TALK = 0;

/** By place. `by` and `n` repeat for long stretches, so they are numbers into short lists. */
interface Columns {
  version: number;
  /** its end was judged */
  whole: boolean;
  ids: EntryId[];
  runs: Run[];
  iids: Iid[];
  people: Pid[];
  by: number[];
  types: number[];
  times: number[];
  drawers: Drawer[];
  ranges: [number, Ranges][];
  blobs: [number, string[]][];
  writers: [string, { id: EntryId; seenSeq: number }][];
  /** Places of the talk that are no message: opened at once, whatever is looked at. */
  apart: number[];
}

/** What has to be read whatever is looked at: epochs, leaves, erasures, and all that is said outside the talk or is no message. */
export const standsApart = ({ head, inside }: Entry): boolean =>
  head.type !== ITEM || head.drawer !== TALK || (!!inside && inside.kind !== 'message');

export function writeStored(log: Log): Bytes {
  const { entries, runs } = log;
  const people = [...new Set(entries.map(({ author }) => author))];
  const places = new Map(people.map((pid, at) => [pid, at]));
  const columns: Columns = {
    version: VERSION,
    whole: !log.partial,
    ids: entries.map(({ id }) => id),
    runs: runs.slice(1),
    iids: entries.map(({ head }) => head.iid),
    people,
    by: entries.map(({ author }) => places.get(author) ?? 0),
    types: entries.map(({ head }) => head.type),
    times: entries.map(({ head }) => head.time),
    drawers: entries.map(({ head }) => head.drawer),
    ranges: entries.flatMap(({ seq, head }): [number, Ranges][] => (head.ranges.length ? [[seq, head.ranges]] : [])),
    blobs: entries.flatMap(({ seq, head }): [number, string[]][] => (head.blobs.length ? [[seq, head.blobs]] : [])),
    writers: [...log.writers],
    apart: [...new Set([...log.apart, ...entries.filter((entry) => standsApart(entry)).map(({ seq }) => seq)])].sort((a, b) => a - b)
  };
  return new TextEncoder().encode(JSON.stringify(columns));
}

export type Stored = Columns;

export function readStored(bytes: Bytes): Stored {
  const columns = JSON.parse(new TextDecoder().decode(bytes)) as Columns;
  demand(columns.version === VERSION, 'newer', 'kept by another version');
  return columns;
}

function marksOf({ iids, types, times, drawers }: Columns, at: number, ranges: Map<number, Ranges>, blobs: Map<number, string[]>): Marks {
  const seq = at + 1;
  return {
    type: types[at] ?? refuse('malformed'), iid: iids[at] ?? refuse('malformed'), time: times[at] ?? refuse('malformed'), drawer: drawers[at] ?? TALK,
    ranges: ranges.get(seq) ?? [], blobs: blobs.get(seq) ?? []
  };
}

/** The log as it was kept; `epochs` are the bodies of its epochs, by place. Nothing is judged again: this device did, and sealed what came of it. */
export function replay(sid: Sid, columns: Columns, epochs: Map<number, EpochBody>): Log {
  const log = newLog(sid);
  const ranges = new Map(columns.ranges);
  const blobs = new Map(columns.blobs);
  columns.ids.forEach((id, at) => {
    const head = marksOf(columns, at, ranges, blobs);
    const body = head.type === EPOCH ? (epochs.get(at + 1) ?? refuse('not-loaded', 'an epoch is missing')) : null;
    const author = columns.people[columns.by[at] ?? 0] ?? refuse('malformed');
    append(log, { id, head, frame: null, held: false, run: columns.runs[at] ?? refuse('malformed') }, author, body);
  });
  log.writers = new Map(columns.writers);
  log.apart = new Set(columns.apart);
  log.partial = !columns.whole;
  return log;
}
