import { describe, expect, it } from 'vitest';
import { awake, judge, restPicture, sample, type Sample } from './quality.ts';

const report = (more: Record<string, Record<string, unknown>> = {}): ReadonlyMap<string, unknown> => {
  const stats: Record<string, Record<string, unknown>> = {
    T: { type: 'transport', packetsReceived: 900, selectedCandidatePairId: 'P', dtlsState: 'connected', tlsVersion: 'FEFC', srtpCipher: 'AES_CM_128_HMAC_SHA1_80', remoteCertificateId: 'C' },
    P: { type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R', currentRoundTripTime: 0.0421, availableOutgoingBitrate: 900_000 },
    L: { type: 'local-candidate', candidateType: 'host' },
    R: { type: 'remote-candidate', candidateType: 'srflx' },
    C: { type: 'certificate', fingerprint: 'aa:bb', fingerprintAlgorithm: 'SHA-256' },
    A: { type: 'inbound-rtp', kind: 'audio', packetsReceived: 500, packetsLost: 3, concealedSamples: 480, silentConcealedSamples: 80, totalSamplesReceived: 480_000, totalAudioEnergy: 0.5 },
    V: { type: 'inbound-rtp', kind: 'video', packetsReceived: 400, framesDecoded: 200, totalFreezesDuration: 0.1, frameHeight: 480 },
    I: { type: 'remote-inbound-rtp', fractionLost: 0.02 },
    ...more,
  };
  return new Map(Object.entries(stats).map(([id, stat]) => [id, { id, ...stat }]));
};
const before = sample(report(), 10_000);
/** One second later, with so many packets and frames more. */
const later = (change: { sound?: Partial<Sample['sound']>; picture?: Partial<Sample['picture']>; at?: number }): Sample => ({
  ...before,
  at: change.at ?? 11_000,
  sound: { ...before.sound, packets: before.sound.packets + 50, played: before.sound.played + 48_000, ...change.sound },
  picture: { ...before.picture, packets: before.picture.packets + 60, frames: before.picture.frames + 25, ...change.picture },
});

describe('a sample', () => {
  it('says path, cipher, certificate and round trip as measured', () => {
    expect(before).toMatchObject({
      packets: 900, path: 'direct', roundTrip: 42, room: 900_000, lossThere: 0.02, certificate: 'sha-256 AA:BB',
      encrypted: { handshake: 'DTLS 1.3', cipher: 'AES_CM_128_HMAC_SHA1_80' },
    });
    expect(before.sound.concealed).toBe(400);
  });
  it.each(['L', 'R'])('is relayed when either end is a relay (%s)', (end) => {
    expect(sample(report({ [end]: { type: 'x-candidate', candidateType: 'relay' } }), 0).path).toBe('relay');
  });
  it('claims nothing before there is a pair or a cipher', () => {
    const young = sample(report({ T: { type: 'transport', dtlsState: 'connecting' } }), 0);
    expect(young).toMatchObject({ path: null, encrypted: null, certificate: null, packets: 0, roundTrip: null });
    expect(judge(young, young)).toBeNull();
    expect(sample(new Map(), 0).sound.packets).toBe(0);
  });
});

describe('sound', () => {
  it('is clear', () => expect(judge(before, later({}))?.sound).toBe('clear'));
  it('is gone when no packet came', () => expect(judge(before, later({ sound: { packets: 500 } }))?.sound).toBe('gone'));
  it('is thin when much of it was made up', () => expect(judge(before, later({ sound: { concealed: 400 + 4_800 } }))?.sound).toBe('thin'));
  it('is thin when much of it was lost', () => expect(judge(before, later({ sound: { lost: 3 + 10 } }))?.sound).toBe('thin'));
});

describe('picture', () => {
  it('is clear', () => expect(judge(before, later({}))?.picture).toBe('clear'));
  it('is coarse when slow, small or frozen for a while', () => {
    for (const picture of [{ frames: 205 }, { height: 90 }, { frozen: 600 }]) expect(judge(before, later({ picture }))?.picture).toBe('coarse');
  });
  it('is still while packets come but no frame does', () => expect(judge(before, later({ picture: { frames: 200 } }))?.picture).toBe('still'));
  it('is gone when nothing comes for over 1.2 s, or nothing ever came', () => {
    expect(judge(before, later({ at: 11_500, picture: { frames: 200, packets: 400 } }))?.picture).toBe('gone');
    expect(judge(before, later({ picture: { frames: 0, packets: 0 } }))?.picture).toBe('gone');
  });
  it('says when it was measured', () => expect(judge(before, later({}))?.measuredAt).toBe(11_000));
});

describe('the picture rests for the sound', () => {
  const line = (at: number, room: number | null, lossThere = 0): Sample => ({ ...before, at, room, lossThere });
  it('only when the line stays thin, and comes back by itself, each time later', () => {
    const first = restPicture(awake, line(0, 90_000), true);
    expect(first.resting).toBe(false);
    const rested = restPicture(first, line(4_000, 90_000), true);
    expect(rested).toMatchObject({ resting: true, nextTry: 19_000 });
    expect(restPicture(rested, line(18_000, 90_000), true).resting).toBe(true);
    const tried = restPicture(rested, line(19_000, 90_000), true);
    expect(tried.resting).toBe(false);
    expect(restPicture(restPicture(tried, line(20_000, 90_000), true), line(24_000, 90_000), true).nextTry).toBe(54_000);
  });
  it('under lasting loss too, but not for a dip, and never without a camera', () => {
    expect(restPicture(restPicture(awake, line(0, null, 0.25), true), line(4_000, null, 0.25), true).resting).toBe(true);
    expect(restPicture(restPicture(awake, line(0, 90_000), true), line(4_000, 600_000), true)).toEqual(awake);
    expect(restPicture({ ...awake, resting: true, nextTry: 99_000 }, line(0, 90_000), false)).toEqual(awake);
  });
});
