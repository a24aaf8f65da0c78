/** The engine's calls about signals. */
import { exact } from './encoding.ts';
import { authorIn, inTurn, ownPids, talkOf, type Session } from './session.ts';
import { endCall, hear, sayHi, sealSignal, unacknowledged } from './signals.ts';
import type { Crypto } from './types.ts';

export function signalCalls(session: Session) {
  return {
    hi: (sid) => inTurn(session, sid, async (log) => sayHi(log, talkOf(session, sid), authorIn(session, log))),
    sealSignal: (sid, signal) => inTurn(session, sid, async (log) => sealSignal(log, talkOf(session, sid), authorIn(session, log), signal)),
    hear: (sid, frame) =>
      inTurn(session, sid, async (log) => hear(log, talkOf(session, sid), authorIn(session, log), exact(frame), ownPids(session))),
    unacknowledged: (sid) => inTurn(session, sid, async (log) => unacknowledged(log, talkOf(session, sid), authorIn(session, log))),
    endCall: (sid, call) => inTurn(session, sid, async () => { endCall(talkOf(session, sid), call); })
  } satisfies Partial<Crypto>;
}
