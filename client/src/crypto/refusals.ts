import type { Code } from './types.ts';

/** Something was not done or not believed. `code` says what; the person's words for it are the screen's. */
export class Refusal extends Error {
  readonly code: Code;
  constructor(code: Code, why = '') {
    super(why ? `${code}: ${why}` : code);
    this.name = 'Refusal';
    this.code = code;
  }
}

export function refuse(code: Code, why = ''): never {
  throw new Refusal(code, why);
}

/** Narrows, or refuses with `code`. */
export function demand(holds: unknown, code: Code, why = ''): asserts holds {
  if (!holds) throw new Refusal(code, why);
}
