/**
 * What a call needs of the way between two pages, so that it can be tried without a server.
 *
 * An implementation seals, signs, acknowledges, resends and checks (contract/protocol.md, Calls and signals): whatever arrives
 * here is from that person, from that page, of that call, once and in order. Everything else it drops.
 */

/** What one page tells another in the stream of their call. `admit` lets in the page at the other end, `words` asks it to
 *  show the words that both read out, `differ` says that other words were heard, `swapped` that another device was at the other end. */
export type CallSignal =
  | { readonly kind: 'offer' | 'answer'; readonly sdp: string }
  | { readonly kind: 'candidate'; readonly candidate: string; readonly mid: string | null; readonly line: number | null }
  | ({ readonly kind: 'state' } & CallState)
  | { readonly kind: 'admit' | 'end' | 'leave' | 'words' | 'differ' | 'swapped' };

/** What one side sends, and what of the other's arrives there. */
export interface CallState {
  readonly mic: boolean;
  readonly camera: boolean;
  readonly picture: boolean;
  readonly sound: boolean;
}

/** One page of the other person, met: the stream of the call between that page and this one. */
export interface PageCall {
  readonly id: string;
  /** The smaller pid owns offers and restarts. */
  readonly owner: boolean;
  /** Resolves once the other page has acknowledged; rejects when it did not within its time. Signals go out in order. */
  send(signal: CallSignal): Promise<void>;
  /** Signals that came before are kept for the first listener. Returns the way to stop. */
  subscribe(hear: (signal: CallSignal) => void): () => void;
}

export interface Signalling {
  /** Tell the other's pages that this one is here. Calling it again greets again. */
  greet(): void;
  /** Called for every page met so far, and for each that comes. Returns the way to stop. */
  onCall(meet: (call: PageCall) => void): () => void;
}

const DESCRIBES = ['offer', 'answer', 'candidate'];

/** Of what waited for a listener: everything but descriptions and candidates that a later offer has overtaken. */
export function stillTrue(waited: readonly CallSignal[]): CallSignal[] {
  const lastOffer = waited.findLastIndex((signal) => signal.kind === 'offer');
  return waited.filter((signal, place) => place >= lastOffer || !DESCRIBES.includes(signal.kind));
}
