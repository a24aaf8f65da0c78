/** The worker behind its facade. What is pure is in encoding.ts and refusals.ts, for both sides. */
export { startCrypto } from './facade.ts';
export type * from './types.ts';
