import type { CallSignal, PageCall, Signalling } from './signalling.ts';

/** Two pages of two people in one process, in order and at once. For tests. */
export interface FakePair {
  readonly keeper: Signalling;
  readonly client: Signalling;
  /** Everything that was said, by either side. */
  readonly said: { readonly by: 'keeper' | 'client'; readonly signal: CallSignal }[];
  /** The pages meet; `owner` makes the offers. */
  meet(owner: 'keeper' | 'client', id?: string): void;
  /** From now on nothing passes; what was said meanwhile passes when it is mended. */
  cut(): void;
  mend(): void;
}

type Side = 'keeper' | 'client';
const other = (side: Side): Side => (side === 'keeper' ? 'client' : 'keeper');

export function fakePair(): FakePair {
  const said: { by: Side; signal: CallSignal }[] = [];
  const meeters: Record<Side, ((call: PageCall) => void)[]> = { keeper: [], client: [] };
  const wire = new Wire();
  const signalling = (side: Side): Signalling => ({
    greet: () => undefined,
    onCall: (meet) => {
      meeters[side].push(meet);
      return () => void meeters[side].splice(meeters[side].indexOf(meet), 1);
    },
  });
  const call = (side: Side, id: string, owner: Side): PageCall => ({
    id,
    owner: side === owner,
    send: (signal) => {
      said.push({ by: side, signal });
      return wire.pass(`${id}/${other(side)}`, signal);
    },
    subscribe: (hear) => wire.listen(`${id}/${side}`, hear),
  });
  const meet = (owner: Side, id = 'call'): void => {
    for (const side of ['keeper', 'client'] as const) for (const met of meeters[side]) met(call(side, id, owner));
  };
  return { keeper: signalling('keeper'), client: signalling('client'), said, meet, cut: () => wire.cut(), mend: () => wire.mend() };
}

class Wire {
  readonly #ears = new Map<string, (signal: CallSignal) => void>();
  readonly #early = new Map<string, CallSignal[]>();
  #held: (() => void)[] | null = null;

  async pass(to: string, signal: CallSignal): Promise<void> {
    if (this.#held) await new Promise<void>((resolve) => this.#held?.push(resolve));
    await Promise.resolve();
    const ear = this.#ears.get(to);
    if (ear) ear(signal);
    else this.#early.set(to, [...(this.#early.get(to) ?? []), signal]);
  }

  listen(at: string, hear: (signal: CallSignal) => void): () => void {
    this.#ears.set(at, hear);
    for (const signal of this.#early.get(at) ?? []) hear(signal);
    this.#early.delete(at);
    return () => void this.#ears.delete(at);
  }

  cut(): void { this.#held ??= []; }

  mend(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const release of held) release();
  }
}
