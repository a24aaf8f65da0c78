import { describe, expect, it } from 'vitest';
import { deviceFault, loudness } from './devices.ts';

describe('a device that does not open', () => {
  it.each([
    ['NotAllowedError', 'not-allowed'], ['SecurityError', 'not-allowed'], ['NotFoundError', 'none'], ['OverconstrainedError', 'none'],
    ['NotReadableError', 'busy'], ['AbortError', 'busy'], ['something else', 'busy'],
  ])('%s is said as %s', (name, fault) => expect(deviceFault(name)).toBe(fault));
});

describe('loudness', () => {
  const tone = (peak: number): Float32Array => Float32Array.from({ length: 1024 }, (_, i) => peak * Math.sin(i / 3));
  it('is 0 in silence and below -60 dB', () => {
    expect(loudness(new Float32Array(8))).toBe(0);
    expect(loudness(tone(0.0005))).toBe(0);
  });
  it('rises with the voice, to 1 at most', () => {
    expect(loudness(tone(0.01))).toBeGreaterThan(0.2);
    expect(loudness(tone(0.3))).toBeGreaterThan(loudness(tone(0.01)));
    expect(loudness(tone(2))).toBe(1);
  });
});
