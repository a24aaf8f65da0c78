/** One more thread that checks signatures and knows nothing else: it is told what everybody who lists a log can read. */
import { isSigned, type Signed } from './signatures.ts';

interface Inside { addEventListener(what: 'message', hear: (event: MessageEvent<Signed[]>) => void): void; postMessage(answer: boolean[]): void }

const inside = self as unknown as Inside;
inside.addEventListener('message', ({ data }) => {
  void Promise.all(data.map(isSigned)).then((answers) => { inside.postMessage(answers); });
});
inside.postMessage([]);
