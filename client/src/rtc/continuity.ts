/**
 * How a call begins, breaks and comes back, for one page: events in, the new state and what is to be done out.
 * Pure: no timers, no browser; `now` (ms) comes with every event.
 *
 * alone → warming → warm (through the relay, with nothing captured) → joining → live ⇄ quiet → over.
 * Without a relay: alone → met (all is agreed but where each can be found, so that nothing goes out at all) → joining …
 * Exactly one side, the owner, makes offers and restarts ICE: two restarts at once freeze the picture without an error.
 */

export type Phase = 'alone' | 'met' | 'warming' | 'warm' | 'joining' | 'live' | 'quiet' | 'over';
/** Which candidates the other is told: before admission the relay's alone, or none where there is no relay. */
export type Path = 'none' | 'relay' | 'all';
/** `differ`: in a knock the two heard different words. */
export type Ending = 'ended' | 'left' | 'swapped' | 'differ';

export interface Continuity {
  readonly keeper: boolean;
  /** Has the smaller pid; known once a page of the other was met. */
  readonly owner: boolean;
  /** A relay is there, so that the two can connect before admission. */
  readonly relay: boolean;
  /** This side never shows its address: the relay carries the call to its end. */
  readonly hides: boolean;
  readonly phase: Phase;
  /** The other's page that this one is connected with, and one that came since. */
  readonly page: string | null;
  readonly newer: string | null;
  /** Keeper: this person was let in once in this appointment, and is let in again without asking. */
  readonly known: boolean;
  readonly path: Path;
  readonly linked: boolean;
  readonly server: boolean;
  readonly joinedAt: number;
  /** When something of the other last arrived. */
  readonly heardAt: number;
  readonly quietSince: number | null;
  /** The other's page said that it closes: it was left, or is loaded anew. Nobody is there to be reached. */
  readonly gone: boolean;
  readonly triedAt: number;
  readonly tries: number;
  readonly ending: Ending | null;
}

export type Happening =
  | { readonly what: 'met'; readonly page: string; readonly owner: boolean }
  | { readonly what: 'admitted' | 'left'; readonly page: string }
  | { readonly what: 'let-in' | 'connected' | 'failed' | 'hung-up' | 'packets' | 'unheard' | 'online' | 'server-back' | 'server-gone' }
  | { readonly what: 'tick'; readonly silence: number }
  | { readonly what: 'end' | 'ended' | 'leave' | 'swapped' | 'told-swapped' | 'differ' | 'differed' };

export type Intention =
  | { readonly do: 'connect'; readonly page: string; readonly path: Path; readonly sending: boolean }
  | { readonly do: 'admit'; readonly page: string }
  | { readonly do: 'restart'; readonly path: Path }
  | { readonly do: 'send-media' | 'disconnect' | 'greet' | 'tell-end' | 'tell-leave' | 'tell-differ' | 'tell-swapped' };

export interface Step {
  readonly state: Continuity;
  readonly intentions: readonly Intention[];
}

/** Milliseconds: how long a connection may take before it is tried anew, and how long the path stays on the relay after the first frame. */
export const JOIN_PATIENCE = 8_000;
export const SETTLE = 1_000;
/** How long a page that closed is expected back before one stands at the door again. */
export const EXPECTED_BACK = 20_000;
const UNHEARD_PAUSE = 4_000;
const PAUSES = [0, 4_000, 6_000, 10_000];

export function begin(of: { keeper: boolean; relay: boolean; hides: boolean; known: boolean }): Continuity {
  const nothing = { page: null, newer: null, linked: false, joinedAt: 0, heardAt: 0, quietSince: null, gone: false, triedAt: 0, tries: 0, ending: null };
  return { ...of, ...nothing, owner: false, known: of.keeper && of.known, phase: 'alone', path: 'relay', server: true };
}

export function step(state: Continuity, happening: Happening, now: number): Step {
  if (state.phase === 'over') return same(state);
  switch (happening.what) {
    case 'met': return met({ ...state, owner: happening.owner }, happening.page, now);
    case 'let-in': return letIn(state, now);
    case 'admitted': return admitted(state, happening.page, now);
    case 'connected': return connected(state, now);
    case 'failed': return failed(state, now);
    case 'hung-up': return hungUp(state, now);
    case 'packets': return packets(state, now);
    case 'unheard': return state.phase === 'live' && now - state.triedAt > UNHEARD_PAUSE ? retry(state, now) : same(state);
    case 'tick': return tick(state, happening.silence, now);
    case 'left': return left(state, happening.page, now);
    case 'online': return back(state, now);
    case 'server-back': return back({ ...state, server: true }, now);
    case 'server-gone': return same({ ...state, server: false });
    case 'end': return over(state, 'ended', [{ do: 'tell-end' }]);
    case 'ended': return state.keeper ? same(state) : over(state, 'ended');
    case 'leave': return over(state, 'left', [{ do: 'tell-leave' }]);
    case 'swapped': return over(state, 'swapped', [{ do: 'tell-swapped' }]);
    case 'told-swapped': return over(state, 'swapped');
    case 'differ': return over(state, 'differ', [{ do: 'tell-differ' }]);
    case 'differed': return over(state, 'differ');
  }
}

const same = (state: Continuity, ...intentions: Intention[]): Step => ({ state, intentions });
const inCall = (state: Continuity): boolean => ['joining', 'live', 'quiet'].includes(state.phase);

/** A page of the other is here: the first, one after a reload, or a second tab. A call that is heard is not given up for it. */
function met(state: Continuity, page: string, now: number): Step {
  if (page === state.page || page === state.newer) return same(state);
  return state.phase === 'live' ? same({ ...state, newer: page }) : turnTo(state, page, now);
}

/** Leave one page of the other for another one. */
function turnTo(state: Continuity, page: string, now: number): Step {
  const drop: Intention[] = state.page !== null ? [{ do: 'disconnect' }] : [];
  const fresh: Continuity = { ...state, page, newer: null, linked: false, path: 'relay', quietSince: null, gone: false, triedAt: now, tries: 0 };
  if (state.known) return after(drop, join(fresh, page, now, [{ do: 'admit', page }]));
  if (!state.relay) return same({ ...fresh, phase: 'met' }, ...drop, { do: 'connect', page, path: 'none', sending: false });
  return same({ ...fresh, phase: 'warming' }, ...drop, { do: 'connect', page, path: 'relay', sending: false });
}

/** Admission: what is captured may go out. A connection that was made ready only needs its tracks, another begins here. */
function join(state: Continuity, page: string, now: number, first: readonly Intention[]): Step {
  const ready = ['met', 'warming', 'warm'].includes(state.phase);
  const path: Path = state.relay ? 'relay' : 'all';
  const go: Intention = ready ? { do: 'send-media' } : { do: 'connect', page, path, sending: true };
  return same({ ...state, phase: 'joining', path, joinedAt: now, heardAt: now, triedAt: now, tries: 0 }, ...first, go);
}

function letIn(state: Continuity, now: number): Step {
  if (!state.keeper || state.page === null || inCall(state)) return same(state);
  return join({ ...state, known: true }, state.page, now, [{ do: 'admit', page: state.page }]);
}

function admitted(state: Continuity, page: string, now: number): Step {
  if (state.keeper) return same(state);
  if (page === state.page) return inCall(state) ? same(state) : join(state, page, now, []);
  const drop: Intention[] = state.page !== null ? [{ do: 'disconnect' }] : [];
  const fresh: Continuity = { ...state, phase: 'alone', page, newer: null, linked: false, quietSince: null, gone: false };
  return after(drop, join(fresh, page, now, []));
}

function connected(state: Continuity, now: number): Step {
  const linked = { ...state, linked: true };
  return same(state.phase === 'warming' ? { ...linked, phase: 'warm' } : { ...linked, heardAt: now });
}

function failed(state: Continuity, now: number): Step {
  if (state.page === null || state.phase === 'met') return same(state);
  if (state.phase === 'live') return fallQuiet({ ...state, linked: false }, now);
  return retry({ ...state, linked: false, phase: state.phase === 'warm' ? 'warming' : state.phase }, now);
}

function packets(state: Continuity, now: number): Step {
  if (!inCall(state)) return same(state);
  const joinedAt = state.phase === 'joining' ? now : state.joinedAt;
  return same({ ...state, phase: 'live', heardAt: now, joinedAt, quietSince: null, tries: 0 });
}

function tick(state: Continuity, silence: number, now: number): Step {
  if (state.phase === 'joining') return stillJoining(state, now);
  if (state.phase === 'live') return now - state.heardAt > silence ? fallQuiet(state, now) : widen(state, now);
  if (state.phase === 'quiet') return stillQuiet(state, now);
  if (state.phase === 'warming' && now - state.triedAt > JOIN_PATIENCE) return retry(state, now);
  return same(state);
}

/** Connected, and the other sends nothing (no camera, no microphone): in the call all the same. */
function stillJoining(state: Continuity, now: number): Step {
  if (state.linked && now - state.joinedAt > SETTLE) return same({ ...state, phase: 'live', heardAt: now, joinedAt: now });
  return !state.linked && now - state.triedAt > JOIN_PATIENCE ? retry(state, now) : same(state);
}

/** Once the first frames are there, and both were let in, the devices may find each other directly. */
function widen(state: Continuity, now: number): Step {
  if (!state.owner || state.hides || state.path === 'all' || now - state.joinedAt < SETTLE) return same(state);
  return same({ ...state, path: 'all', triedAt: now }, { do: 'restart', path: 'all' });
}

function fallQuiet(state: Continuity, now: number): Step {
  const quiet: Continuity = { ...state, phase: 'quiet', quietSince: state.heardAt, tries: 0 };
  return state.newer === null ? retry(quiet, now) : turnTo(quiet, state.newer, now);
}

function stillQuiet(state: Continuity, now: number): Step {
  if (state.newer !== null) return turnTo(state, state.newer, now);
  if (state.gone && state.page !== null && now - (state.quietSince ?? now) > EXPECTED_BACK) return left(state, state.page, now);
  return retry(state, now);
}

/** The end of the connection itself, said by the other's browser as its page closes. */
function hungUp(state: Continuity, now: number): Step {
  if (state.page === null || state.phase === 'met') return same(state);
  if (!inCall(state)) return left(state, state.page, now);
  const quiet: Continuity = { ...state, phase: 'quiet', linked: false, gone: true, quietSince: now, tries: 0 };
  return state.newer === null ? same(quiet) : turnTo(quiet, state.newer, now);
}

/** Only the owner restarts, only while the server can carry the offer, and never twice within a pause. */
function retry(state: Continuity, now: number): Step {
  const pause = PAUSES[Math.min(state.tries, PAUSES.length - 1)] ?? 0;
  if (!state.owner || !state.server || state.gone || now - state.triedAt < pause) return same(state);
  const path: Path = state.hides || !inCall(state) ? state.path : 'all';
  return same({ ...state, path, triedAt: now, tries: state.tries + 1 }, { do: 'restart', path });
}

/** The network or the server is back: greet anew, and do not wait out a pause if the line is down. */
function back(state: Continuity, now: number): Step {
  const greet: Intention = { do: 'greet' };
  if (state.phase === 'met' && state.owner) return same(state, greet, { do: 'restart', path: 'none' });
  if (state.phase !== 'quiet') return same(state, greet);
  return after([greet], retry({ ...state, tries: 0 }, now));
}

function left(state: Continuity, page: string, now: number): Step {
  if (page === state.newer) return same({ ...state, newer: null });
  if (page !== state.page) return same(state);
  if (state.newer !== null) return turnTo(state, state.newer, now);
  return same({ ...state, phase: 'alone', page: null, linked: false, quietSince: null, gone: false }, { do: 'disconnect' });
}

function over(state: Continuity, ending: Ending, first: readonly Intention[] = []): Step {
  return same({ ...state, phase: 'over', ending }, ...first, { do: 'disconnect' });
}

function after(first: readonly Intention[], then: Step): Step {
  return { state: then.state, intentions: [...first, ...then.intentions] };
}
