/** How two pages meet (contract/protocol.md 7, Hi): each commits to a nonce before it sees the other's, so neither can choose the call's name. */
import { asBytes, asList, compare, decode, encode, equal, orNull, toBytes, toText } from './encoding.ts';
import type { End } from './knock.ts';
import { hash } from './primitives.ts';
import { Refusal } from './refusals.ts';
import type { Bytes, Pid, Writer } from './types.ts';

const MOST_PAGES = 16;

export interface Page { pid: Pid; writer: Writer }
interface Met { nonce: Bytes; commit: Bytes | null; theirs: Bytes | null; broken: boolean }

/** One page of ours in one space, and every page of others that it met. */
export interface Hello { sid: Bytes; self: Page; met: Map<string, Met>; random: (size: number) => Bytes }

export interface Answer {
  /** contents of `hi` signals to send, in this order */
  send: Bytes[];
  /** the call's name, once both nonces are known */
  call: string | null;
  trouble: 'hi-changed' | 'too-many' | null;
}

const NOTHING: Answer = { send: [], call: null, trouble: null };
const keyOf = ({ pid, writer }: Page): string => `${pid} ${writer}`;

/** Content of the first `hi`, to whoever is there. */
export const showing = (): Bytes => encode(null, null, null);

function commitTo(sid: Bytes, from: Page, to: Writer, nonce: Bytes): Promise<Bytes> {
  return hash('hi', sid, toBytes(from.pid, 32), toBytes(from.writer, 8), toBytes(to, 8), nonce);
}

async function answer({ sid, self }: Hello, page: Page, met: Met): Promise<Bytes> {
  const commit = await commitTo(sid, self, page.writer, met.nonce);
  return encode(toBytes(page.writer, 8), commit, met.commit ? met.nonce : null);
}

function meet(hello: Hello, page: Page): { met: Met; isNew: boolean } | null {
  const known = hello.met.get(keyOf(page));
  if (known) return { met: known, isNew: false };
  const pages = [...hello.met.keys()].filter((key) => key.startsWith(`${page.pid} `)).length;
  if (pages >= MOST_PAGES) return null;
  const met = { nonce: hello.random(16), commit: null, theirs: null, broken: false };
  hello.met.set(keyOf(page), met);
  return { met, isNew: true };
}

export async function callName(sid: Bytes, one: { pid: Pid; nonce: Bytes }, two: { pid: Pid; nonce: Bytes }): Promise<Bytes> {
  const [a, b] = compare(toBytes(one.pid, 32), toBytes(two.pid, 32)) < 0 ? [one, two] : [two, one];
  return (await hash('call', sid, toBytes(a.pid, 32), a.nonce, toBytes(b.pid, 32), b.nonce)).slice(0, 16);
}

interface Said { to: Writer | null; commit: Bytes | null; nonce: Bytes | null }

function read(content: Bytes): Said | null {
  try {
    const [to, commit, nonce] = asList(decode(content), 3);
    return {
      to: orNull(to, (value) => toText(asBytes(value, 8))), commit: orNull(commit, (value) => asBytes(value, 32)),
      nonce: orNull(nonce, (value) => asBytes(value, 16))
    };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Whether what was said keeps to what this page said before. */
async function keepsWord({ sid, self }: Hello, page: Page, met: Met, { commit, nonce }: Said): Promise<boolean> {
  if (commit && met.commit && !equal(commit, met.commit)) return false;
  const committed = met.commit ?? commit;
  return !nonce || (committed !== null && equal(committed, await commitTo(sid, page, self.writer, nonce)));
}

/** What another's page says. The first commit counts; another, or a nonce that does not fit it, ends it with that page for good. */
export async function hearHi(hello: Hello, page: Page, content: Bytes): Promise<Answer> {
  const said = read(content);
  if (!said) return NOTHING;
  const meeting = meet(hello, page);
  if (!meeting) return { ...NOTHING, trouble: 'too-many' };
  const { met, isNew } = meeting;
  if (met.broken) return NOTHING;
  const first = isNew ? [await answer(hello, page, met)] : [];
  if (said.to === null) return shownAgain(hello, page, met, isNew, first);
  if (said.to !== hello.self.writer) return { ...NOTHING, send: first };
  if (!(await keepsWord(hello, page, met, said))) {
    met.broken = true;
    return { ...NOTHING, trouble: 'hi-changed' };
  }
  return believed(hello, page, met, said, first);
}

/** A page that shows itself once more gets once more what it may have lost. */
async function shownAgain(hello: Hello, page: Page, met: Met, isNew: boolean, first: Bytes[]): Promise<Answer> {
  const again = isNew ? first : [await answer(hello, page, met)];
  return { ...NOTHING, send: again, call: await callOf(hello, page, met) };
}

async function believed(hello: Hello, page: Page, met: Met, { commit, nonce }: Said, first: Bytes[]): Promise<Answer> {
  const opens = met.commit === null && commit !== null;
  met.commit ??= commit;
  met.theirs ??= nonce;
  const send = opens ? [...first, await answer(hello, page, met)] : first;
  return { ...NOTHING, send, call: nonce ? await callOf(hello, page, met) : null };
}

/** Both ends of a meeting, once both nonces are known. */
export function endsOf({ self, met }: Hello, page: Page): [End, End] | null {
  const known = met.get(keyOf(page));
  if (!known?.theirs || known.broken) return null;
  return [{ pid: self.pid, nonce: known.nonce }, { pid: page.pid, nonce: known.theirs }];
}

async function callOf({ sid, self }: Hello, page: Page, met: Met): Promise<string | null> {
  if (!met.theirs) return null;
  return toText(await callName(sid, { pid: self.pid, nonce: met.nonce }, { pid: page.pid, nonce: met.theirs }));
}
