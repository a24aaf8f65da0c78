/** An appointment's link as it is read out. Another kind of code than a recovery sheet's, which must never be taken for one and sent. */
import { readSigns, writeSigns } from './codes.ts';
import { hash } from './primitives.ts';
import { demand } from './refusals.ts';
import type { Bytes } from './types.ts';

const SPOKEN = 1;

const checkOf = async (link: Bytes): Promise<number> => (await hash('spoken link', link))[0] ?? 0;

export async function writeSpoken(link: Bytes): Promise<string> {
  return writeSigns({ bytes: link, check: await checkOf(link), kind: SPOKEN });
}

/** The 16 bytes of a link from a code as it was typed, or `mistyped`. */
export async function readSpoken(typed: string): Promise<Bytes> {
  const { bytes, check, kind } = readSigns(typed);
  demand(kind === SPOKEN && check === (await checkOf(bytes)), 'mistyped', 'a link as it is read out');
  return bytes;
}
