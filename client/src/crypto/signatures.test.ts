import { afterEach, expect, test, vi } from 'vitest';
import { helperOf, type Thread } from './checkers.ts';
import { utf8 } from './encoding.ts';
import { random, signingKey } from './primitives.ts';
import { areSigned, isSigned, shareWith, type Helper, type Signed } from './signatures.ts';

const MANY = 301;
const FORGED = [0, 99, 150, 151, 200, 300];

async function signed(): Promise<Signed[]> {
  const { secret, public: key } = await signingKey(random(32));
  const all = Array.from({ length: MANY }, (_, at) => utf8(`words ${at}`));
  return Promise.all(all.map(async (bytes) => ({ key, bytes, sig: new Uint8Array(await crypto.subtle.sign('Ed25519', secret, bytes)) })));
}

/** As `signed`, with another's words under some signatures. */
async function withForged(): Promise<Signed[]> {
  return (await signed()).map((one, at) => (FORGED.includes(at) ? { ...one, bytes: utf8('never said') } : one));
}

/** A thread that is started and answers as a page's would, when it is told to. */
function thread() {
  const hears: ((event: { data: boolean[] }) => void)[] = [];
  const broken: (() => void)[] = [];
  const asked: Signed[][] = [];
  const one: Thread = {
    addEventListener: (what: string, hear: never) => void (what === 'message' ? hears : broken).push(hear),
    postMessage: (all) => void asked.push(all)
  };
  return { one, asked, say: (data: boolean[]) => hears.forEach((hear) => hear({ data })), breaks: () => broken.forEach((hear) => hear()) };
}

const elsewhere: Helper = (all) => Promise.all(all.map(isSigned));
const expected = Array.from({ length: MANY }, (_, at) => !FORGED.includes(at));

afterEach(() => shareWith([]));

test.for([0, 1, 2, 3])('with %i threads more, each forged one is found in its place, wherever it is checked', async (threads) => {
  const helpers = Array.from({ length: threads }, () => vi.fn(elsewhere));
  shareWith(helpers);
  expect(await areSigned(await withForged())).toEqual(expected);
  for (const helper of helpers) expect(helper).toHaveBeenCalledOnce();
});

test('few are checked here', async () => {
  const helper = vi.fn(elsewhere);
  shareWith([helper]);
  expect(await areSigned((await signed()).slice(0, 99))).toEqual(Array(99).fill(true));
  expect(helper).not.toHaveBeenCalled();
});

test('what a thread is not there for, or answers by halves, is checked here', async () => {
  shareWith([async () => null, async (all) => all.slice(1).map(() => true)]);
  expect(await areSigned(await withForged())).toEqual(expected);
});

test('a thread is asked once it is there, answers in turns, and is given up when it breaks', async () => {
  const { one, asked, say, breaks } = thread();
  const start = vi.fn(() => one);
  const help = helperOf(start);
  const [a, b] = (await signed()).map((each) => [each]) as [Signed[], Signed[]];
  expect(await help(a)).toBeNull();
  say([]);
  const answers = [help(a), help(b)];
  expect(asked).toEqual([a, b]);
  say([true]);
  say([false]);
  expect(await Promise.all(answers)).toEqual([[true], [false]]);
  const cut = help(a);
  breaks();
  expect(await cut).toBeNull();
  expect(await help(a)).toBeNull();
  expect(start).toHaveBeenCalledOnce();
});
