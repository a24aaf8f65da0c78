/**
 * The sealing engine on a pipe, for attune/headless/tests/test_crosscheck.py: one JSON line {call, args} in, one line {value} or {code} out.
 * Bytes are {"$": base64url}. Besides the engine's calls: `encode` and `decode` of plain values.
 */
import { createInterface } from 'node:readline';
import { createEngine } from '../src/crypto/engine.ts';
import { decode, encode, toBytes, toText, type Value } from '../src/crypto/encoding.ts';
import { Refusal } from '../src/crypto/refusals.ts';

type Call = (...args: unknown[]) => unknown;

const calls: Record<string, Call> = {
  ...(createEngine() as unknown as Record<string, Call>),
  encode: (...values) => encode(...(values as Value[])),
  decode: (bytes) => decode(bytes as Uint8Array)
};

const revive = (_: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && '$' in value ? toBytes(String(value.$)) : value;
const plain = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? { $: toText(value) } : value);

async function answer(line: string): Promise<object> {
  const { call, args } = JSON.parse(line, revive) as { call: string; args: unknown[] };
  try {
    return { value: (await calls[call]?.(...args)) ?? null };
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code };
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${JSON.stringify(await answer(line), plain)}\n`);
