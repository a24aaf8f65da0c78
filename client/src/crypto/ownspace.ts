/** The second witness of one's own space (contract/protocol.md 3): what a shared space holds about it, for one's own eyes. */
import { asBytes, asList, asNumber, decode, encode, toBytes, toText } from './encoding.ts';
import type { Identity } from './identity.ts';
import { countOf, runOf, type Log } from './log.ts';
import { kdf, open, seal, secretOf } from './primitives.ts';
import { Refusal } from './refusals.ts';
import type { Alarm, Bytes, Sid } from './types.ts';

const keyOf = async ({ secret }: Identity): Promise<CryptoKey> => secretOf(await kdf(secret, 'own at'));

/** Content of an `own-at` item for the shared space `sid`. */
export async function sealOwnAt(identity: Identity, sid: Sid, own: Log): Promise<Bytes> {
  const seq = countOf(own);
  return seal(await keyOf(identity), 'own at', [toBytes(sid, 32), identity.pidBytes], encode(seq, toBytes(runOf(own, seq), 32)));
}

/** Fewer entries than a device has seen are `rollback`, another run is `fork`; what does not open is not ours to judge. */
export async function openOwnAt(identities: readonly Identity[], sid: Sid, content: Bytes, own: Log): Promise<Alarm | null> {
  for (const identity of identities) {
    const plain = await open(await keyOf(identity), 'own at', [toBytes(sid, 32), identity.pidBytes], content);
    if (plain) return compareTo(own, plain);
  }
  return null;
}

function compareTo(own: Log, plain: Bytes): Alarm | null {
  try {
    const [at, run] = asList(decode(plain), 2);
    const seq = asNumber(at);
    if (seq > countOf(own)) return { code: 'rollback', seq };
    return runOf(own, seq) === toText(asBytes(run, 32)) ? null : { code: 'fork', seq };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
