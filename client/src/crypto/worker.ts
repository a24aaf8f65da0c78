/** The worker itself: answers calls by name, one message each way. Nothing but values crosses; keys never do. */
import { createSHA256 } from 'hash-wasm';
import { exact } from './encoding.ts';
import { createEngine } from './engine.ts';
import { digestBy } from './primitives.ts';
import { Refusal } from './refusals.ts';
import type { Answer, Question } from './facade.ts';

/** As much of a worker's global scope as is used; the DOM's types describe a window. */
interface Inside { addEventListener(what: 'message', hear: (event: MessageEvent<Question>) => void): void; postMessage(answer: Answer): void }

const inside = self as unknown as Inside;
// Pages may not compile, so this stands here alone; until it is ready the browser's own does the same.
void createSHA256().then((hasher) => { digestBy((bytes) => exact(hasher.init().update(bytes).digest('binary'))); });
const engine = createEngine() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;

async function answer({ id, call, args }: Question): Promise<Answer> {
  try {
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
