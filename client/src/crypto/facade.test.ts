/** The page's end and the worker's, joined by messages that are copied as a browser copies them. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Crypto } from './types.ts';
import { encode, toText } from './encoding.ts';
import { Refusal } from './refusals.ts';

class Pipe extends EventTarget {
  other: Pipe | null = null;
  postMessage(data: unknown): void {
    const event = new MessageEvent('message', { data: structuredClone(data) });
    queueMicrotask(() => this.other?.dispatchEvent(event));
  }
}

let crypto: Crypto;
let page: Pipe;
const made: string[] = [];

beforeAll(async () => {
  page = new Pipe();
  const inside = new Pipe();
  [page.other, inside.other] = [inside, page];
  const trustedTypes = {
    createPolicy: (name: string, { createScriptURL }: { createScriptURL: (url: string) => string }) => (made.push(name), { createScriptURL })
  };
  Object.assign(globalThis, { self: inside, trustedTypes, Worker: function () { return page; } });
  await import('./worker.ts');
  const { startCrypto } = await import('./index.ts');
  crypto = startCrypto();
});

describe('the facade', () => {
  it('makes its one script address by its own policy', () => {
    expect(made).toEqual(['attune-worker']);
  });
  it('answers calls in any order, with bytes as bytes', async () => {
    const [me, words] = await Promise.all([crypto.create(), crypto.drawWords()]);
    expect(toText(me.card.sign_pk)).toHaveLength(43);
    expect(words).toHaveLength(6);
    const { sid, frame } = await crypto.foundOwn();
    const { space } = await crypto.take(sid, { after: 0, count: 1, frames: [frame], held: [] });
    expect(space.founder).toBe(me.pid);
    expect(encode(frame)).toBeInstanceOf(Uint8Array);
  });
  it('a refusal is the same on this side, with its code', async () => {
    const refused = await crypto.space('AAAA').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect((refused as Refusal).code).toBe('not-loaded');
  });
  it('another failure is an error, not silence', async () => {
    await expect(crypto.openRoot(null as never, null)).rejects.toThrow(/./);
    await expect((crypto as unknown as { nothing(): Promise<void> }).nothing()).rejects.toThrow('no such call');
  });
  it('a worker that breaks rejects what waits', async () => {
    const waiting = crypto.drawWords();
    page.dispatchEvent(new Event('error'));
    await expect(waiting).rejects.toThrow('the sealing worker did not start, or broke');
  });
});
