/** The worker itself: answers calls by name, one message each way. Nothing but values crosses; keys never do. */
import checker from './checker.ts?worker&url';
import { helperOf } from './checkers.ts';
import { createEngine } from './engine.ts';
import { digestBy } from './primitives.ts';
import { Refusal } from './refusals.ts';
import { shareWith } from './signatures.ts';
import type { Answer, Question } from './facade.ts';

/** As much of a worker's global scope as is used; the DOM's types describe a window. */
interface Inside { addEventListener(what: 'message', hear: (event: MessageEvent<Question>) => void): void; postMessage(answer: Answer): void }

const LOGS = ['load', 'take', 'recall'];
const inside = self as unknown as Inside;
// One thread is left to the page; more than three more would wait for what this one reads.
const threads = Math.min(navigator.hardwareConcurrency - 1, 3);
shareWith(Array.from({ length: threads }, () => helperOf(() => new Worker(checker, { type: 'module' }))));
let hurried = false;

/** With the first log: whoever only looks at an invitation needs none of it, and until it is here the browser's own does the same. */
function hurry(): void {
  hurried = true;
  void import('./hashing.ts').then(async ({ startHashing }) => { digestBy(await startHashing()); }, () => { hurried = false; });
}

const engine = createEngine() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;

async function answer({ id, call, args }: Question): Promise<Answer> {
  try {
    if (LOGS.includes(call) && !hurried) hurry();
    const work = engine[call];
    return work ? { id, value: await work(...args) } : { id, failure: `no such call: ${call}` };
  } catch (error) {
    if (error instanceof Refusal) return { id, code: error.code, message: error.message };
    return { id, failure: error instanceof Error ? error.message : 'the worker failed' };
  }
}

inside.addEventListener('message', ({ data }) => {
  void answer(data).then((done) => { inside.postMessage(done); });
});
