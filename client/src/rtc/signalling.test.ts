import { describe, expect, it } from 'vitest';
import { stillTrue, type CallSignal } from './signalling.ts';

const offer = (sdp: string): CallSignal => ({ kind: 'offer', sdp });
const candidate: CallSignal = { kind: 'candidate', candidate: 'x', mid: '0', line: 0 };

describe('what waited for a listener', () => {
  it('keeps the newest offer with its candidates, and everything that is no description', () => {
    const waited: CallSignal[] = [offer('1'), candidate, { kind: 'admit' }, offer('2'), candidate, { kind: 'leave' }];
    expect(stillTrue(waited)).toEqual([{ kind: 'admit' }, offer('2'), candidate, { kind: 'leave' }]);
  });
  it('keeps all where no offer came', () => {
    const waited: CallSignal[] = [{ kind: 'answer', sdp: '1' }, candidate];
    expect(stillTrue(waited)).toEqual(waited);
    expect(stillTrue([])).toEqual([]);
  });
});
