/** The engine's calls about signals. */
import { exact } from './encoding.ts';
import { endsOf } from './hello.ts';
import { amongFour, knockBytes } from './knock.ts';
import { refuse } from './refusals.ts';
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
    knockWords: (sid, call) => inTurn(session, sid, async () => {
      const { hello, calls } = talkOf(session, sid);
      const { peer, writer } = calls.get(call) ?? refuse('no-such-call');
      const ends = endsOf(hello, { pid: peer, writer }) ?? refuse('no-such-call');
      return amongFour(await knockBytes(hello.sid, ...ends));
    }),
    endCall: (sid, call) => inTurn(session, sid, async () => { endCall(talkOf(session, sid), call); })
  } satisfies Partial<Crypto>;
}
