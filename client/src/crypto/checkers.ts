/** Threads beside the sealing worker for the signatures of a long log: started when there is the first one, used once they have said that they are there. */
import type { Helper, Signed } from './signatures.ts';

/** As much of a Worker as is used. */
export interface Thread {
  addEventListener(what: 'message', hear: (event: { data: boolean[] }) => void): void;
  addEventListener(what: 'error', hear: () => void): void;
  postMessage(all: Signed[]): void;
}

/** The first thing it says is that it is there; then one answer for each question, in order. One that broke is asked no more. */
export function helperOf(start: () => Thread): Helper {
  const waiting: ((answers: boolean[] | null) => void)[] = [];
  let state: 'asleep' | 'starting' | 'here' | 'broken' = 'asleep';
  let thread: Thread | undefined;
  const wake = (): void => {
    state = 'starting';
    thread = start();
    thread.addEventListener('message', ({ data }) => {
      if (state === 'starting') state = 'here';
      else waiting.shift()?.(data);
    });
    thread.addEventListener('error', () => {
      state = 'broken';
      for (const answer of waiting.splice(0)) answer(null);
    });
  };
  return (all) => {
    if (state === 'asleep') wake();
    if (state !== 'here') return Promise.resolve(null);
    return new Promise((resolve) => {
      waiting.push(resolve);
      thread?.postMessage(all);
    });
  };
}
