import { describe, expect, it } from 'vitest';
import { begin, EXPECTED_BACK, JOIN_PATIENCE, SETTLE, step, type Continuity, type Happening, type Intention } from './continuity.ts';

const SILENCE = 1_200;
const tick: Happening = { what: 'tick', silence: SILENCE };
const met = (page: string, owner = true): Happening => ({ what: 'met', page, owner });
const at = (now: number, ...happenings: Happening[]): [number, Happening[]] => [now, happenings];

/** Walks through what happens; gives the last state and everything that was intended at the last moment. */
function walk(start: Continuity, ...moments: [number, Happening[]][]): { state: Continuity; intended: Intention[] } {
  let state = start;
  let intended: Intention[] = [];
  for (const [now, happenings] of moments) {
    intended = [];
    for (const happening of happenings) {
      const next = step(state, happening, now);
      state = next.state;
      intended.push(...next.intentions);
    }
  }
  return { state, intended };
}

const keeper = (more: Partial<Parameters<typeof begin>[0]> = {}): Continuity =>
  begin({ keeper: true, relay: true, hides: false, known: false, ...more });
const client = (more: Partial<Parameters<typeof begin>[0]> = {}): Continuity =>
  begin({ keeper: false, relay: true, hides: false, known: false, ...more });
const liveKeeper = (owner = true, more: Partial<Parameters<typeof begin>[0]> = {}): Continuity =>
  walk(keeper(more), at(0, met('a', owner), { what: 'connected' }), at(10, { what: 'let-in' }), at(100, { what: 'packets' })).state;
const liveClient = (owner = true): Continuity =>
  walk(client(), at(0, met('a', owner), { what: 'connected' }), at(10, { what: 'admitted', page: 'a' }), at(100, { what: 'packets' })).state;
const quietKeeper = (owner = true): Continuity => walk(liveKeeper(owner), at(1_400, tick)).state;

describe('waiting', () => {
  it('meets, and warms up through the relay with nothing captured', () => {
    const { state, intended } = walk(keeper(), at(0, met('a')));
    expect(state.phase).toBe('warming');
    expect(intended).toEqual([{ do: 'connect', page: 'a', path: 'relay', sending: false }]);
    expect(walk(state, at(200, { what: 'connected' })).state.phase).toBe('warm');
  });
  it('without a relay all is agreed before admission but where the two are', () => {
    const { state, intended } = walk(client({ relay: false }), at(0, met('a')));
    expect(state.phase).toBe('met');
    expect(intended).toEqual([{ do: 'connect', page: 'a', path: 'none', sending: false }]);
    const admitted = walk(state, at(9, { what: 'admitted', page: 'a' }));
    expect(admitted.intended).toEqual([{ do: 'send-media' }]);
    expect(admitted.state).toMatchObject({ phase: 'joining', path: 'all' });
  });
  it('never sends before admission, whatever else happens', () => {
    const noise: Happening[] = [met('a'), { what: 'connected' }, { what: 'packets' }, tick, { what: 'failed' }, { what: 'online' }, { what: 'server-back' }, { what: 'unheard' }, met('b')];
    for (const start of [keeper(), client(), keeper({ relay: false }), client({ relay: false })]) {
      const all = noise.flatMap((_, turn) => walk(start, ...noise.slice(turn).concat(noise.slice(0, turn)).map((one, i) => at(i * 9_000, one))).intended);
      expect(all.filter((one) => one.do === 'send-media' || (one.do === 'connect' && one.sending) || ('path' in one && one.path === 'all'))).toEqual([]);
    }
  });
  it('the same page met twice changes nothing; a newer one takes its place', () => {
    const waiting = walk(keeper(), at(0, met('a'), { what: 'connected' })).state;
    expect(walk(waiting, at(1, met('a')))).toEqual({ state: waiting, intended: [] });
    expect(walk(waiting, at(1, met('b'))).intended).toEqual([{ do: 'disconnect' }, { do: 'connect', page: 'b', path: 'relay', sending: false }]);
  });
  it('a warm connection that breaks is mended by the owner alone, through the relay', () => {
    const warm = walk(keeper(), at(0, met('a'), { what: 'connected' })).state;
    const broken = walk(warm, at(5_000, { what: 'failed' }));
    expect(broken.state.phase).toBe('warming');
    expect(broken.intended).toEqual([{ do: 'restart', path: 'relay' }]);
    const other = walk(client(), at(0, met('a', false), { what: 'connected' }), at(5_000, { what: 'failed' }));
    expect(other.intended).toEqual([]);
  });
  it('a warm-up that does not come about is tried again', () => {
    const { intended } = walk(keeper(), at(1, met('a')), at(JOIN_PATIENCE + 2, tick));
    expect(intended).toEqual([{ do: 'restart', path: 'relay' }]);
  });
  it('the other goes away: alone again', () => {
    const { state, intended } = walk(keeper(), at(0, met('a'), { what: 'connected' }), at(5, { what: 'left', page: 'a' }));
    expect(state.phase).toBe('alone');
    expect(intended).toEqual([{ do: 'disconnect' }]);
    expect(walk(state, at(9, { what: 'let-in' })).intended).toEqual([]);
  });
});

describe('admission', () => {
  it('warm: says so first, then only sets its tracks', () => {
    const { state, intended } = walk(keeper(), at(0, met('a'), { what: 'connected' }), at(10, { what: 'let-in' }));
    expect(intended).toEqual([{ do: 'admit', page: 'a' }, { do: 'send-media' }]);
    expect(state.phase).toBe('joining');
    expect(walk(state, at(11, { what: 'let-in' })).intended).toEqual([]);
  });
  it('without a relay: says so first, then where it is', () => {
    const { intended } = walk(keeper({ relay: false }), at(0, met('a')), at(10, { what: 'let-in' }));
    expect(intended).toEqual([{ do: 'admit', page: 'a' }, { do: 'send-media' }]);
  });
  it('a client sends only once let in, and cannot let anybody in', () => {
    const warm = walk(client(), at(0, met('a'), { what: 'connected' })).state;
    expect(walk(warm, at(1, { what: 'let-in' })).intended).toEqual([]);
    expect(walk(warm, at(1, { what: 'admitted', page: 'a' })).intended).toEqual([{ do: 'send-media' }]);
  });
  it('a keeper is not let in by a client', () => {
    expect(walk(keeper(), at(0, met('a'), { what: 'connected' }, { what: 'admitted', page: 'a' })).state.phase).toBe('warm');
  });
  it('let in by another page than the one it was warm with: turns to that one', () => {
    const { intended } = walk(client(), at(0, met('a'), met('b')), at(1, { what: 'admitted', page: 'a' }));
    expect(intended).toEqual([{ do: 'disconnect' }, { do: 'connect', page: 'a', path: 'relay', sending: true }]);
  });
  it('is live with the first packets, or when connected to somebody who sends nothing', () => {
    expect(liveKeeper().phase).toBe('live');
    const silent = walk(client(), at(0, met('a'), { what: 'connected' }), at(10, { what: 'admitted', page: 'a' }), at(20 + SETTLE, tick));
    expect(silent.state.phase).toBe('live');
  });
  it('then the owner, and only the owner, opens the direct way', () => {
    expect(walk(liveKeeper(true), at(200, tick)).intended).toEqual([]);
    const once = walk(liveKeeper(true), at(100 + SETTLE, { what: 'packets' }, tick));
    expect(once.intended).toEqual([{ do: 'restart', path: 'all' }]);
    expect(walk(once.state, at(200 + SETTLE, { what: 'packets' }, tick)).intended).toEqual([]);
    expect(walk(liveKeeper(false), at(100 + SETTLE, { what: 'packets' }, tick)).intended).toEqual([]);
  });
  it('who hides stays with the relay, in restarts too', () => {
    const hidden = liveKeeper(true, { hides: true });
    expect(walk(hidden, at(100 + SETTLE, { what: 'packets' }, tick)).intended).toEqual([]);
    expect(walk(hidden, at(20_000, tick)).intended).toEqual([{ do: 'restart', path: 'relay' }]);
  });
});

describe('a line that breaks', () => {
  it('is noticed by silence, counted from the last word, and restarted at once by the owner', () => {
    const { state, intended } = walk(liveKeeper(), at(1_250, tick), at(1_400, tick));
    expect(state.phase).toBe('quiet');
    expect(state.quietSince).toBe(100);
    expect(intended).toEqual([{ do: 'restart', path: 'all' }]);
  });
  it('is left to the owner by the other side', () => {
    expect(walk(liveKeeper(false), at(1_400, tick), at(9_000, tick)).intended).toEqual([]);
  });
  it('is tried again with growing pauses, never twice within one', () => {
    let state = quietKeeper();
    const tried: number[] = [];
    for (let now = 1_500; now < 40_000; now += 100) {
      const next = step(state, tick, now);
      state = next.state;
      if (next.intentions.length > 0) tried.push(now);
    }
    expect(tried).toEqual([5_400, 11_400, 21_400, 31_400]);
  });
  it('comes back with the first packets', () => {
    const { state } = walk(quietKeeper(), at(3_000, { what: 'packets' }));
    expect(state).toMatchObject({ phase: 'live', quietSince: null, tries: 0 });
  });
  it('is restarted when connecting is said to have failed', () => {
    const { state, intended } = walk(liveKeeper(), at(600, { what: 'failed' }));
    expect(state.phase).toBe('quiet');
    expect(intended).toEqual([{ do: 'restart', path: 'all' }]);
  });
  it('is restarted when the other hears nothing though we do', () => {
    const heard = walk(liveKeeper(), at(4_900, { what: 'packets' })).state;
    expect(walk(heard, at(5_000, { what: 'unheard' })).intended).toEqual([{ do: 'restart', path: 'all' }]);
    expect(walk(heard, at(5_000, { what: 'unheard' }), at(5_500, { what: 'packets' }, { what: 'unheard' })).intended).toEqual([]);
    expect(walk(liveKeeper(false), at(5_000, { what: 'unheard' })).intended).toEqual([]);
  });
  it('back online: at once, without waiting out the pause', () => {
    expect(walk(quietKeeper(), at(1_500, tick)).intended).toEqual([]);
    expect(walk(quietKeeper(), at(1_500, { what: 'online' })).intended).toEqual([{ do: 'greet' }, { do: 'restart', path: 'all' }]);
  });
  it('a join that does not connect is tried again by the owner', () => {
    const joining = walk(keeper({ relay: false }), at(0, met('a')), at(10, { what: 'let-in' })).state;
    expect(walk(joining, at(JOIN_PATIENCE + 20, tick)).intended).toEqual([{ do: 'restart', path: 'all' }]);
  });
});

describe('a server that goes', () => {
  it('leaves the call alone while it is heard, and greets when it is back', () => {
    const gone = walk(liveKeeper(), at(200, { what: 'server-gone' }), at(300, { what: 'packets' }));
    expect(gone.state.phase).toBe('live');
    const there = walk(gone.state, at(400, { what: 'server-back' }));
    expect(there.state).toMatchObject({ phase: 'live', server: true });
    expect(there.intended).toEqual([{ do: 'greet' }]);
  });
  it('an offer waits until it can be carried, and goes out the moment it can', () => {
    const stuck = walk(liveKeeper(), at(200, { what: 'server-gone' }), at(5_000, tick), at(9_000, tick));
    expect(stuck.intended).toEqual([]);
    expect(walk(stuck.state, at(9_100, { what: 'server-back' })).intended).toEqual([{ do: 'greet' }, { do: 'restart', path: 'all' }]);
  });
});

describe('a reload', () => {
  it('of the client: the keeper lets the new page in by itself once the old one is silent', () => {
    const heard = walk(liveKeeper(), at(600, met('b')));
    expect(heard.intended).toEqual([]);
    const turned = walk(heard.state, at(1_400, tick));
    expect(turned.intended).toEqual([{ do: 'disconnect' }, { do: 'admit', page: 'b' }, { do: 'connect', page: 'b', path: 'relay', sending: true }]);
    expect(turned.state).toMatchObject({ phase: 'joining', page: 'b', newer: null });
  });
  it('of the client, met after the silence or after a farewell: at once', () => {
    expect(walk(quietKeeper(), at(2_000, met('b'))).state).toMatchObject({ phase: 'joining', page: 'b' });
    const farewell = walk(liveKeeper(), at(200, { what: 'left', page: 'a' }));
    expect(farewell.state.phase).toBe('alone');
    expect(walk(farewell.state, at(900, met('b'))).state).toMatchObject({ phase: 'joining', page: 'b' });
  });
  it('of the keeper: her new page remembers and lets in without asking', () => {
    const { state, intended } = walk(keeper({ known: true }), at(0, met('a')));
    expect(intended).toEqual([{ do: 'admit', page: 'a' }, { do: 'connect', page: 'a', path: 'relay', sending: true }]);
    expect(state.phase).toBe('joining');
  });
  it('of the keeper, seen by the client: warm again, sending only once the new page lets in', () => {
    const turned = walk(liveClient(false), at(1_400, tick), at(2_000, met('b', false)));
    expect(turned.intended).toEqual([{ do: 'disconnect' }, { do: 'connect', page: 'b', path: 'relay', sending: false }]);
    const back = walk(turned.state, at(2_100, { what: 'admitted', page: 'b' }));
    expect(back.intended).toEqual([{ do: 'send-media' }]);
  });
  it('a second tab does not take over a call that is heard, and is forgotten when it goes', () => {
    const { state } = walk(liveKeeper(), at(200, met('b')), at(300, { what: 'left', page: 'b' }));
    expect(state).toMatchObject({ phase: 'live', page: 'a', newer: null });
  });
  it('knowing somebody is the keeper’s alone', () => {
    expect(client({ known: true }).known).toBe(false);
  });
});

describe('a page that closes', () => {
  const closed: Happening = { what: 'hung-up' };
  it('is missed at once, and not called after', () => {
    const { state, intended } = walk(liveKeeper(), at(5_000, closed), at(6_000, tick), at(15_000, tick));
    expect(state).toMatchObject({ phase: 'quiet', gone: true, quietSince: 5_000 });
    expect(intended).toEqual([]);
  });
  it('and comes back is in again at once', () => {
    const { state, intended } = walk(liveKeeper(), at(5_000, closed), at(6_000, met('b')));
    expect(intended).toEqual([{ do: 'disconnect' }, { do: 'admit', page: 'b' }, { do: 'connect', page: 'b', path: 'relay', sending: true }]);
    expect(state.gone).toBe(false);
    expect(walk(liveKeeper(), at(4_000, met('b')), at(5_000, closed)).state).toMatchObject({ phase: 'joining', page: 'b' });
  });
  it('and does not come back leaves one at the door', () => {
    const { state, intended } = walk(liveKeeper(), at(5_000, closed), at(5_000 + EXPECTED_BACK + 1, tick));
    expect(state).toMatchObject({ phase: 'alone', page: null, known: true });
    expect(intended).toEqual([{ do: 'disconnect' }]);
  });
  it('while one waits is no longer met', () => {
    expect(walk(keeper(), at(0, met('a'), { what: 'connected' }), at(5, closed)).state.phase).toBe('alone');
  });
});

describe('an end', () => {
  it('for both: told, taken down, nothing after it', () => {
    const { state, intended } = walk(liveKeeper(), at(200, { what: 'end' }));
    expect(intended).toEqual([{ do: 'tell-end' }, { do: 'disconnect' }]);
    expect(state).toMatchObject({ phase: 'over', ending: 'ended' });
    expect(walk(state, at(300, met('b'), { what: 'packets' }, tick))).toEqual({ state, intended: [] });
  });
  it('counts from a keeper only', () => {
    expect(walk(liveClient(), at(200, { what: 'ended' })).state.ending).toBe('ended');
    expect(walk(liveKeeper(), at(200, { what: 'ended' })).state.phase).toBe('live');
  });
  it('by leaving: the other is told', () => {
    expect(walk(liveClient(), at(200, { what: 'leave' })).intended).toEqual([{ do: 'tell-leave' }, { do: 'disconnect' }]);
  });
  it('because other words were heard: told by whoever heard them, said on both sides, of either', () => {
    for (const live of [liveKeeper(), liveClient()]) {
      const { state, intended } = walk(live, at(200, { what: 'differ' }));
      expect(intended).toEqual([{ do: 'tell-differ' }, { do: 'disconnect' }]);
      expect(state).toMatchObject({ phase: 'over', ending: 'differ' });
      expect(walk(live, at(200, { what: 'differed' })).state).toMatchObject({ phase: 'over', ending: 'differ' });
    }
  });
  it('because the device at the other end is not the signed one: told by whoever found it, said on both sides', () => {
    for (const live of [liveKeeper(), liveClient()]) {
      const found = walk(live, at(200, { what: 'swapped' }));
      expect(found.intended).toEqual([{ do: 'tell-swapped' }, { do: 'disconnect' }]);
      expect(found.state).toMatchObject({ phase: 'over', ending: 'swapped' });
      const told = walk(live, at(200, { what: 'told-swapped' }));
      expect(told.intended).toEqual([{ do: 'disconnect' }]);
      expect(told.state).toMatchObject({ phase: 'over', ending: 'swapped' });
    }
  });
});
