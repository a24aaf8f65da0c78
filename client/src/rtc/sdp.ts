/** What may stand in a description or candidate, before it is sent and before it is believed. Pure text, no browser. */

/** A description that does not hold exactly one fingerprint names no one device: it is refused (protocol, Calls). */
export class FingerprintsUnclear extends Error {
  constructor(found: number) {
    super(`a description must hold exactly one a=fingerprint, this one holds ${found}; refuse it and end the call`);
    this.name = 'FingerprintsUnclear';
  }
}

const FINGERPRINT = /^a=fingerprint:(\S+) (\S+)$/;
const NO_ADDRESS = '0.0.0.0';

const lines = (sdp: string): string[] => sdp.split(/\r?\n/).filter((line) => line !== '');
const whole = (kept: readonly string[]): string => `${kept.join('\r\n')}\r\n`;

/**
 * The one fingerprint of a description, as `sha-256 AA:BB:…`, upper case.
 * @throws FingerprintsUnclear if there is none or more than one line
 */
export function fingerprint(sdp: string): string {
  const found = lines(sdp).flatMap((line) => FINGERPRINT.exec(line) ?? []);
  if (found.length !== 3) throw new FingerprintsUnclear(found.length / 3);
  return `${(found[1] ?? '').toLowerCase()} ${(found[2] ?? '').toUpperCase()}`;
}

/** Browsers repeat their one fingerprint in every media section; this says it once, for the whole session. */
export function oneFingerprint(sdp: string): string {
  const all = lines(sdp);
  const said = all.filter((line) => FINGERPRINT.test(line));
  if (new Set(said).size !== 1) throw new FingerprintsUnclear(new Set(said).size);
  const rest = all.filter((line) => !FINGERPRINT.test(line));
  const firstMedia = rest.findIndex((line) => line.startsWith('m='));
  const at = firstMedia === -1 ? rest.length : firstMedia;
  return whole([...rest.slice(0, at), said[0] ?? '', ...rest.slice(at)]);
}

/** host, srflx, prflx or relay; null for what is no candidate. */
export function candidateType(candidate: string): string | null {
  return / typ (host|srflx|prflx|relay)\b/.exec(candidate)?.[1] ?? null;
}

export function withoutCandidates(sdp: string): string {
  return whole(lines(sdp).filter((line) => !line.startsWith('a=candidate:')));
}

/** The ICE generation a candidate belongs to, if it says so. */
export function candidateUfrag(candidate: string): string | null {
  return / ufrag (\S+)/.exec(candidate)?.[1] ?? null;
}

export function hasUfrag(sdp: string, ufrag: string): boolean {
  return lines(sdp).includes(`a=ice-ufrag:${ufrag}`);
}

/** Answers name the offer they answer, by its ufrag: one that comes late must not be taken for the answer to a newer offer. */
const ANSWERS = 'a=x-answers:';

function ufragOf(sdp: string): string {
  return lines(sdp).find((line) => line.startsWith('a=ice-ufrag:'))?.slice('a=ice-ufrag:'.length) ?? '';
}

export function answering(answer: string, offer: string): string {
  return whole([...lines(answer), `${ANSWERS}${ufragOf(offer)}`]);
}

/** The answer without that mark, or null if it answers another offer. */
export function answerTo(offer: string, answer: string): string | null {
  const mark = `${ANSWERS}${ufragOf(offer)}`;
  return lines(answer).includes(mark) ? whole(lines(answer).filter((line) => line !== mark)) : null;
}

/** A relay candidate names the address it was seen from (raddr): the relay's is enough. */
export function withoutRelatedAddress(candidate: string): string {
  return candidate.replace(/ raddr \S+ rport \d+/, ` raddr ${NO_ADDRESS} rport 0`);
}

/** What may be told of a candidate before admission: a relay's without what lies behind it, else null. */
export function relayOnly(candidate: string): string | null {
  if (candidate === '') return candidate;
  return candidateType(candidate) === 'relay' ? withoutRelatedAddress(candidate) : null;
}

/**
 * A description as it may be told before admission: no candidate but relay ones, and no default address.
 * (The c= and a=rtcp lines repeat the address of a default candidate, whichever that is; nothing reads them with ICE.)
 */
export function relayOnlyDescription(sdp: string): string {
  return whole(lines(sdp).flatMap(relayOnlyLine));
}

function relayOnlyLine(line: string): string[] {
  if (line.startsWith('a=candidate:')) return relayOnly(line) === null ? [] : [withoutRelatedAddress(line)];
  if (/^c=IN IP[46] /.test(line)) return [`c=IN IP4 ${NO_ADDRESS}`];
  if (/^a=rtcp:\d+ IN /.test(line)) return [`a=rtcp:9 IN IP4 ${NO_ADDRESS}`];
  if (line.startsWith('o=')) return [line.replace(/ IN IP[46] \S+$/, ' IN IP4 127.0.0.1')];
  return [line.replace(/^(m=\S+) \d+ /, '$1 9 ')];
}
