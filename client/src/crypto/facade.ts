/** The page's end of the worker. Everything that opens or seals happens over there. */
import { Refusal } from './refusals.ts';
import type { Code, Crypto } from './types.ts';
import url from './worker.ts?worker&url';

export interface Question { id: number; call: string; args: unknown[] }
export interface Answer { id: number; value?: unknown; code?: Code; message?: string; failure?: string }

interface Waiting { resolve: (value: unknown) => void; reject: (error: Error) => void }
interface TrustedPolicy { createScriptURL(url: string): string }
interface TrustedTypes { createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): TrustedPolicy }

/** Our own worker's address is the only script address this page makes. */
function startWorker(): Worker {
  const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  const policy = trusted?.createPolicy('attune-worker', { createScriptURL: () => url });
  return new Worker(policy?.createScriptURL(url) ?? url, { type: 'module' });
}

function settle(waiting: Map<number, Waiting>, { id, value, code, message, failure }: Answer): void {
  const asked = waiting.get(id);
  waiting.delete(id);
  if (code) asked?.reject(new Refusal(code, message));
  else if (failure !== undefined) asked?.reject(new Error(failure));
  else asked?.resolve(value);
}

/** Starts the one worker. Calls answer in the order in which they are done; a failed start rejects whatever waits. */
export function startCrypto(): Crypto {
  const worker = startWorker();
  const waiting = new Map<number, Waiting>();
  let last = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => { settle(waiting, data); });
  worker.addEventListener('error', () => {
    for (const [id] of waiting) settle(waiting, { id, failure: 'the sealing worker did not start, or broke' });
  });
  const ask = (call: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, call, args } satisfies Question);
    });
  const get = (_: object, call: string | symbol): unknown =>
    call === 'then' || typeof call === 'symbol' ? undefined : (...args: unknown[]) => ask(call, args);
  return new Proxy({}, { get }) as Crypto;
}
