/** What the vault may use of sealing. */
export { startCrypto } from './facade.ts';
export { asBytes, asList, asNumber, asText, decode, encode, equal, orNull, textOf, tidyText, toBytes, toHex, toText, utf8 } from './encoding.ts';
export type { Value } from './encoding.ts';
export { Refusal } from './refusals.ts';
export type * from './types.ts';
