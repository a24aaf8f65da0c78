import type { Vault } from '#vault/index.ts';

/** Kinds of ways in, as the protocol counts them. */
export const PASSPHRASE = 1;
export const SHEET = 2;

/** Somebody who has words that can be typed is asked for them before another way in is made. */
export const isAsked = ({ ways }: Pick<Vault, 'ways'>): boolean => ways.includes(PASSPHRASE) || ways.includes(SHEET);
