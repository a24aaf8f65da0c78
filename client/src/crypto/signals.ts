/** Signals: sealed and signed like items, acknowledged, resent, never kept (contract/protocol.md 7). */
import { asBytes, asList, asNumber, compare, decode, encode, equal, toBytes, toText } from './encoding.ts';
import type { MemberRow } from './epochs.ts';
import { suiteFields } from './frames.ts';
import { hearHi, showing, type Hello, type Page } from './hello.ts';
import { keyInForce, openBody, sealBody } from './items.ts';
import { verify } from './keys.ts';
import { countOf, epochOf, runOf, type Log } from './log.ts';
import { random, sha256, sign } from './primitives.ts';
import { demand, Refusal, refuse } from './refusals.ts';
import type { Bytes, Call, EntryId, Heard, NewSignal, Run, Signal, Unacknowledged, Writer } from './types.ts';
import type { Author } from './writing.ts';

const TYPE = 4;
const LIMIT = 70_000;
const RESENT_FOR = 60_000;
const MOST_WAITING = 256;
const IN_CALLS = new Set(['offer', 'answer', 'candidate', 'admit', 'frame-key', 'state', 'end', 'leave', 'words', 'differ', 'swapped']);
const UNANSWERED = new Set(['ack', 'typing']);

interface Sent { stream: string; n: number; kind: string; content: Bytes; to: Page | null; ctl: EntryId; first: Bytes; frame: Bytes; since: number }
/** What was taken of one stream of one page; `waiting` came before its turn (calls only). */
interface Stream { taken: Set<number>; next: number; waiting: Map<number, Signal> }

/** This page's signals in one space. */
export interface Talk {
  hello: Hello;
  stream: string;
  counters: Map<string, number>;
  sent: Map<string, Sent>;
  streams: Map<string, Stream>;
  calls: Map<string, Call>;
  /** calls told to the page and not ended there */
  live: Set<string>;
  /** frames that named what we did not have, heard once already */
  asked: Set<string>;
}

export function newTalk(log: Log, self: Page): Talk {
  return {
    hello: { sid: log.sid, self, met: new Map(), random }, stream: toText(random(16)), counters: new Map(), sent: new Map(),
    streams: new Map(), calls: new Map(), live: new Set(), asked: new Set()
  };
}

// ---- saying -------------------------------------------------------------------------------------------------------------------------
async function sealFrame(log: Log, { identity, writer }: Author, { stream, n, kind, content }: { stream: string; n: number; kind: string; content: Bytes }): Promise<Bytes> {
  demand(!log.alarm, 'stopped', log.alarm?.code);
  demand(!log.partial, 'not-loaded', 'the rest of the log comes first');
  demand(!log.closed, 'closed');
  const { id, body } = epochOf(log);
  const who = body.members.findIndex(({ pid }) => pid === identity.pid);
  demand(who >= 0 && !log.left.has(identity.pid), 'not-a-member');
  const seen = countOf(log);
  const head = encode(TYPE, toBytes(id), who, toBytes(writer), toBytes(stream), n, seen, toBytes(runOf(log, seen)));
  const sealed = await sealBody(keyInForce(log), 'signal', head, { kind, version: 1, content });
  return encode(1, head, sealed, await sign(identity.signing, 'signal', head, await sha256(sealed)));
}

interface Words { kind: string; content: Bytes; stream: string; to: Page | null }

async function say(log: Log, talk: Talk, author: Author, { kind, content, stream, to }: Words): Promise<Bytes> {
  const n = (talk.counters.get(stream) ?? 0) + 1;
  talk.counters.set(stream, n);
  const frame = await sealFrame(log, author, { stream, n, kind, content });
  const sent = { stream, n, kind, content, to, ctl: epochOf(log).id, first: frame, frame, since: author.now };
  if (!UNANSWERED.has(kind)) talk.sent.set(`${stream} ${n}`, sent);
  return frame;
}

export function sayHi(log: Log, talk: Talk, author: Author): Promise<Bytes> {
  return say(log, talk, author, { kind: 'hi', content: showing(), stream: talk.stream, to: null });
}

export function sealSignal(log: Log, talk: Talk, author: Author, { kind, content, call }: NewSignal): Promise<Bytes> {
  if (call === undefined) return say(log, talk, author, { kind, content, stream: talk.stream, to: null });
  const { peer, writer } = talk.calls.get(call) ?? refuse('no-such-call');
  return say(log, talk, author, { kind, content, stream: call, to: { pid: peer, writer } });
}

/** The same bytes again, or, after a new epoch, sealed again with the same n. */
async function frameNow(log: Log, author: Author, sent: Sent): Promise<Bytes | null> {
  if (log.alarm || log.partial || log.closed || !log.keys.get(epochOf(log).body.n)) return null;
  if (sent.ctl !== epochOf(log).id) Object.assign(sent, { frame: await sealFrame(log, author, sent), ctl: epochOf(log).id });
  return sent.frame;
}

export async function unacknowledged(log: Log, talk: Talk, author: Author): Promise<Unacknowledged[]> {
  for (const [name, { since }] of talk.sent) if (author.now - since > RESENT_FOR) talk.sent.delete(name);
  const open: Unacknowledged[] = [];
  for (const sent of talk.sent.values()) open.push({ first: sent.first, frame: await frameNow(log, author, sent) });
  return open;
}

export function endCall(talk: Talk, call: string): void {
  talk.live.delete(call);
  for (const [name, { stream }] of talk.sent) if (stream === call) talk.sent.delete(name);
}

// ---- hearing ------------------------------------------------------------------------------------------------------------------------
interface Read { headBytes: Bytes; ctl: EntryId; who: number; writer: Writer; stream: string; n: number; seenSeq: number; seenRun: Run; body: Bytes; sig: Bytes }

function read(bytes: Bytes): Read {
  demand(bytes.length <= LIMIT, 'too-big');
  const [, head, body, sig] = asList(suiteFields(bytes), 4);
  const headBytes = asBytes(head);
  const [type, ctl, who, writer, stream, n, seenSeq, seenRun] = asList(decode(headBytes), 8);
  demand(type === TYPE, 'malformed', 'type');
  return {
    headBytes, ctl: toText(asBytes(ctl, 32)), who: asNumber(who), writer: toText(asBytes(writer, 8)), stream: toText(asBytes(stream, 16)),
    n: asNumber(n, 1), seenSeq: asNumber(seenSeq), seenRun: toText(asBytes(seenRun, 32)), body: asBytes(body), sig: asBytes(sig, 64)
  };
}

/** The author, if this may be heard now; refuses `withheld` for what names more than our log has, `fork` for another history. */
async function judge(log: Log, signal: Read): Promise<MemberRow> {
  const { id, body } = epochOf(log);
  if (signal.ctl !== id) refuse(log.epochsById.has(signal.ctl) ? 'old-epoch' : 'withheld');
  const author = body.members[signal.who] ?? refuse('not-a-member');
  const fits = await verify(author.card.sign_pk, signal.sig, 'signal', signal.headBytes, await sha256(signal.body));
  demand(fits, 'bad-signature');
  demand(!log.left.has(author.pid), 'not-a-member');
  demand(signal.seenSeq <= countOf(log), 'withheld');
  demand(runOf(log, signal.seenSeq) === signal.seenRun, 'fork');
  return author;
}

const heard = (outcome: Heard['outcome'], more: Partial<Heard> = {}): Heard =>
  ({ outcome, alarm: null, from: null, signals: [], send: [], acks: [], calls: [], trouble: null, ...more });

function raise(log: Log, code: 'withheld' | 'fork'): Heard {
  log.alarm = { code, seq: countOf(log) };
  return heard('stopped', { alarm: log.alarm });
}

/** An honest server relays nothing like it, so: list first, and only if it is still so, say it. */
function askOrAccuse(log: Log, talk: Talk, bytes: Bytes): Heard {
  const name = toText(bytes.slice(-64));
  if (talk.asked.has(name)) return raise(log, 'withheld');
  talk.asked.add(name);
  return heard('list-first');
}

export async function hear(log: Log, talk: Talk, author: Author, bytes: Bytes, own: ReadonlySet<string>): Promise<Heard> {
  if (log.alarm) return heard('stopped', { alarm: log.alarm });
  if (log.partial) return heard('list-first');
  if (log.closed) return heard('dropped');
  try {
    const signal = read(bytes);
    // The echo of one's own word, or somebody's who uses its name: nothing in it counts, so nothing of it is checked.
    if (signal.writer === talk.hello.self.writer) return heard('dropped');
    const from = await judge(log, signal);
    const inside = await openBody(keyInForce(log), 'signal', signal.headBytes, signal.body);
    if (inside?.version !== 1) return heard('dropped');
    const { stream, n, writer } = signal;
    const call = talk.calls.get(stream);
    const isOfCall = call?.peer === from.pid && call.writer === writer;
    const said = { sid: log.sidText, author: from.pid, writer, mine: own.has(from.pid), kind: inside.kind, content: inside.content, stream, n };
    const taken = isOfCall ? await inCall(log, talk, author, { ...said, call: stream }, from) : await onPage(log, talk, author, { ...said, call: null });
    return { ...taken, from: from.pid };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'withheld') return askOrAccuse(log, talk, bytes);
    return error.code === 'fork' ? raise(log, 'fork') : heard('dropped');
  }
}

function streamOf(talk: Talk, { author, writer, stream }: Signal): Stream {
  const name = `${author} ${writer} ${stream}`;
  const known = talk.streams.get(name) ?? { taken: new Set(), next: 1, waiting: new Map() };
  talk.streams.set(name, known);
  return known;
}

function ack(log: Log, talk: Talk, author: Author, { writer, stream, n }: Signal): Promise<Bytes> {
  const content = encode(toBytes(writer), toBytes(stream), n);
  return say(log, talk, author, { kind: 'ack', content, stream: talk.stream, to: null });
}

function hearAck(talk: Talk, { author, writer, content }: Signal): void {
  const [to, stream, n] = asList(decode(content), 3);
  if (toText(asBytes(to, 8)) !== talk.hello.self.writer) return;
  const name = `${toText(asBytes(stream, 16))} ${asNumber(n)}`;
  const expected = talk.sent.get(name)?.to;
  if (!expected || (expected.pid === author && expected.writer === writer)) talk.sent.delete(name);
}

async function onPage(log: Log, talk: Talk, author: Author, signal: Signal): Promise<Heard> {
  const { taken } = streamOf(talk, signal);
  if (IN_CALLS.has(signal.kind)) return heard('dropped');
  const isNew = !taken.has(signal.n);
  taken.add(signal.n);
  if (signal.kind === 'ack') hearAck(talk, signal);
  if (UNANSWERED.has(signal.kind)) return heard('taken', { signals: isNew && signal.kind === 'typing' ? [signal] : [] });
  if (signal.kind === 'hi') return signal.mine ? heard('dropped') : onHi(log, talk, author, signal, isNew);
  return heard('taken', { signals: isNew ? [signal] : [], acks: [await ack(log, talk, author, signal)] });
}

/** Acknowledged by whom it names, or by everyone if it names nobody. */
async function onHi(log: Log, talk: Talk, author: Author, signal: Signal, isNew: boolean): Promise<Heard> {
  const to = asList(decode(signal.content))[0];
  const isForUs = to === null || (to instanceof Uint8Array && toText(to) === talk.hello.self.writer);
  const acks = isForUs ? [await ack(log, talk, author, signal)] : [];
  if (!isNew) return heard('taken', { acks });
  const page = { pid: signal.author, writer: signal.writer };
  const answer = await hearHi(talk.hello, page, signal.content);
  const send = [];
  for (const content of answer.send) send.push(await say(log, talk, author, { kind: 'hi', content, stream: talk.stream, to: page }));
  if (answer.trouble === 'hi-changed') endAllWith(talk, page);
  const calls = answer.call !== null && !talk.live.has(answer.call) ? [callWith(talk, page, answer.call)] : [];
  return heard('taken', { send, acks, calls, trouble: answer.trouble });
}

/** No call with a page that broke its word, nor one that had begun. */
function endAllWith(talk: Talk, { pid, writer }: Page): void {
  for (const [name, call] of talk.calls) {
    if (call.peer !== pid || call.writer !== writer) continue;
    endCall(talk, name);
    talk.calls.delete(name);
  }
}

function callWith({ calls, live, hello }: Talk, { pid, writer }: Page, name: string): Call {
  const offers = compare(toBytes(hello.self.pid), toBytes(pid)) < 0;
  const call = { call: name, sid: toText(hello.sid), peer: pid, writer, offers };
  calls.set(name, call);
  live.add(name);
  return call;
}

/** `admit` counts only from a keeper, for the page that it names. */
function counts({ hello }: Talk, { kind, content }: Signal, from: MemberRow): boolean {
  return kind !== 'admit' || (from.role === 0 && equal(content, encode(toBytes(hello.self.writer))));
}

async function inCall(log: Log, talk: Talk, author: Author, signal: Signal, from: MemberRow): Promise<Heard> {
  const stream = streamOf(talk, signal);
  if (signal.n < stream.next) return heard('taken', { acks: [await ack(log, talk, author, signal)] });
  if (stream.waiting.size < MOST_WAITING) stream.waiting.set(signal.n, stream.waiting.get(signal.n) ?? signal);
  const taken: Signal[] = [];
  for (let next = stream.waiting.get(stream.next); next; next = stream.waiting.get(stream.next)) {
    stream.waiting.delete(stream.next++);
    taken.push(next);
  }
  const acks = [];
  for (const one of taken) acks.push(await ack(log, talk, author, one));
  return heard('taken', { signals: taken.filter((one) => counts(talk, one, from)), acks });
}
