/** What the worker does, as one object: plain functions over one person's keys and the logs of her spaces. Tests use it without a worker. */
import { identityCalls } from './engine-identity.ts';
import { spaceCalls } from './engine-spaces.ts';
import { signalCalls } from './engine-signals.ts';
import { newSession } from './session.ts';
import type { Crypto } from './types.ts';

export function createEngine({ now = Date.now }: { now?: () => number } = {}): Crypto {
  const session = newSession(now);
  return { ...identityCalls(session), ...spaceCalls(session), ...signalCalls(session) };
}
