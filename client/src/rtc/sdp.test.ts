import { describe, expect, it } from 'vitest';
import {
  answering,
  answerTo,
  candidateType,
  candidateUfrag,
  fingerprint,
  FingerprintsUnclear,
  hasUfrag,
  oneFingerprint,
  relayOnly,
  relayOnlyDescription,
} from './sdp.ts';

const A = 'a=fingerprint:sha-256 AA:BB:CC';
const B = 'a=fingerprint:sha-256 AA:BB:DD';
const HOST = 'candidate:1 1 udp 2122260223 192.168.1.7 50000 typ host generation 0 ufrag x1y2';
const REFLEXIVE = 'candidate:2 1 udp 1686052607 203.0.113.9 50000 typ srflx raddr 192.168.1.7 rport 50000';
const RELAY = 'candidate:3 1 udp 41885439 198.51.100.4 49160 typ relay raddr 203.0.113.9 rport 50000 generation 0 ufrag x1y2';

const description = (...more: string[]): string =>
  `${['v=0', 'o=- 1 2 IN IP4 192.168.1.7', 's=-', 't=0 0', ...more].join('\r\n')}\r\n`;
const sections = description(
  'm=audio 50000 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 192.168.1.7',
  'a=rtcp:50000 IN IP4 192.168.1.7',
  `a=${HOST}`,
  `a=${REFLEXIVE}`,
  `a=${RELAY}`,
  'a=ice-ufrag:x1y2',
  A,
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'c=IN IP6 2001:db8::7',
  A,
);

describe('fingerprint', () => {
  it('is the one that a description holds', () => {
    expect(fingerprint(description('a=fingerprint:SHA-256 aa:bb:cc'))).toBe('sha-256 AA:BB:CC');
  });
  it.each([['none', description()], ['two the same', description(A, A)], ['two that differ', description(A, B)]])('is refused when there are %s', (_, sdp) => {
    expect(() => fingerprint(sdp)).toThrow(FingerprintsUnclear);
  });
  it('is said once for all sections before it is sent, ahead of the first one', () => {
    const sent = oneFingerprint(sections);
    expect(fingerprint(sent)).toBe('sha-256 AA:BB:CC');
    expect(sent.indexOf(A)).toBeLessThan(sent.indexOf('m=audio'));
  });
  it('that differs between sections never leaves', () => {
    expect(() => oneFingerprint(description('m=audio 9 X 1', A, 'm=video 9 X 1', B))).toThrow(FingerprintsUnclear);
  });
});

describe('before admission', () => {
  it('a host or reflexive candidate is not told', () => {
    expect(relayOnly(HOST)).toBeNull();
    expect(relayOnly(REFLEXIVE)).toBeNull();
    expect(relayOnly(REFLEXIVE.replace('srflx', 'prflx'))).toBeNull();
    expect(relayOnly('nonsense 192.168.1.7')).toBeNull();
  });
  it('a relay candidate is told without the address behind it, and the end of candidates too', () => {
    expect(relayOnly(RELAY)).toContain('198.51.100.4');
    expect(relayOnly(RELAY)).not.toContain('203.0.113.9');
    expect(relayOnly('')).toBe('');
  });
  it('a description names no address but the relay’s', () => {
    const told = relayOnlyDescription(sections);
    expect(told).toContain('198.51.100.4');
    for (const address of ['192.168.1.7', '203.0.113.9', '2001:db8', '50000 UDP']) expect(told).not.toContain(address);
    expect(told.match(/a=candidate/g)).toHaveLength(1);
  });
});

describe('candidates', () => {
  it('say their type and generation', () => {
    expect([HOST, REFLEXIVE, RELAY].map(candidateType)).toEqual(['host', 'srflx', 'relay']);
    expect(candidateUfrag(HOST)).toBe('x1y2');
    expect(candidateUfrag(REFLEXIVE)).toBeNull();
    expect(hasUfrag(sections, 'x1y2')).toBe(true);
    expect(hasUfrag(sections, 'x1y')).toBe(false);
  });
});

describe('an answer', () => {
  const offer = (ufrag: string): string => description('m=audio 9 X 1', `a=ice-ufrag:${ufrag}`, A);
  it('is taken for the offer that it names, and for no other', () => {
    const answer = answering(sections, offer('first'));
    expect(answerTo(offer('first'), answer)).toBe(sections);
    expect(answerTo(offer('second'), answer)).toBeNull();
    expect(answerTo(offer('first'), sections)).toBeNull();
  });
});
