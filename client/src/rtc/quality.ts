/** How good the call is, from getStats alone: what was measured, and when. Nothing here is guessed or remembered. */

export interface Sample {
  /** Date.now() when it was taken. */
  readonly at: number;
  /** Everything that arrived over the connection, whatever it was: the sign of life. */
  readonly packets: number;
  readonly sound: { readonly packets: number; readonly lost: number; readonly concealed: number; readonly played: number; readonly energy: number };
  readonly picture: { readonly packets: number; readonly frames: number; readonly frozen: number; readonly height: number };
  /** What of ours the other side says it lost, 0 to 1. */
  readonly lossThere: number;
  /** bit/s that the line is thought to carry, null while unknown. */
  readonly room: number | null;
  readonly path: 'direct' | 'relay' | null;
  /** ms there and back, null while unknown. */
  readonly roundTrip: number | null;
  readonly encrypted: Encrypted | null;
  /** `sha-256 AA:BB:…` of the certificate at the other end, where the browser tells it. */
  readonly certificate: string | null;
}

export interface Encrypted {
  /** e.g. DTLS 1.3 */
  readonly handshake: string;
  /** The SRTP cipher. */
  readonly cipher: string;
}

export interface Quality {
  readonly path: 'direct' | 'relay';
  readonly sound: 'clear' | 'thin' | 'gone';
  /** still: the last frame stands. gone: none arrives. */
  readonly picture: 'clear' | 'coarse' | 'still' | 'gone';
  readonly roundTrip: number | null;
  readonly encrypted: Encrypted;
  readonly measuredAt: number;
}

type Stat = Record<string, unknown> & { readonly type: string; readonly id: string };
const DTLS: Record<string, string> = { FEFC: 'DTLS 1.3', FEFD: 'DTLS 1.2' };

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Read one report (RTCPeerConnection.getStats). */
export function sample(report: ReadonlyMap<string, unknown>, at: number): Sample {
  const stats = [...report.values()] as Stat[];
  const transport = stats.find((stat) => stat.type === 'transport');
  const pair = report.get(text(transport?.selectedCandidatePairId) ?? '') as Stat | undefined;
  const incoming = (kind: string): Stat | undefined => stats.find((stat) => stat.type === 'inbound-rtp' && stat.kind === kind);
  return {
    at,
    packets: number(transport?.packetsReceived),
    sound: soundOf(incoming('audio')),
    picture: pictureOf(incoming('video')),
    lossThere: Math.max(0, ...stats.filter((stat) => stat.type === 'remote-inbound-rtp').map((stat) => number(stat.fractionLost))),
    room: typeof pair?.availableOutgoingBitrate === 'number' ? pair.availableOutgoingBitrate : null,
    path: pathOf(report, pair),
    roundTrip: typeof pair?.currentRoundTripTime === 'number' ? Math.round(pair.currentRoundTripTime * 1000) : null,
    encrypted: encryptedOf(transport),
    certificate: certificateOf(report.get(text(transport?.remoteCertificateId) ?? '') as Stat | undefined),
  };
}

function soundOf(stat: Stat | undefined): Sample['sound'] {
  return {
    packets: number(stat?.packetsReceived),
    lost: number(stat?.packetsLost),
    concealed: number(stat?.concealedSamples) - number(stat?.silentConcealedSamples),
    played: number(stat?.totalSamplesReceived),
    energy: number(stat?.totalAudioEnergy),
  };
}

function pictureOf(stat: Stat | undefined): Sample['picture'] {
  const frozen = number(stat?.totalFreezesDuration) * 1000;
  return { packets: number(stat?.packetsReceived), frames: number(stat?.framesDecoded), frozen, height: number(stat?.frameHeight) };
}

function pathOf(report: ReadonlyMap<string, unknown>, pair: Stat | undefined): Sample['path'] {
  if (!pair) return null;
  const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) => report.get(text(id) ?? '') as Stat | undefined);
  return ends.some((end) => end?.candidateType === 'relay') ? 'relay' : 'direct';
}

function encryptedOf(transport: Stat | undefined): Encrypted | null {
  const cipher = text(transport?.srtpCipher);
  if (transport?.dtlsState !== 'connected' || cipher === null) return null;
  const version = text(transport.tlsVersion) ?? '';
  return { handshake: DTLS[version] ?? 'DTLS', cipher };
}

function certificateOf(certificate: Stat | undefined): string | null {
  const value = text(certificate?.fingerprint);
  const algorithm = text(certificate?.fingerprintAlgorithm);
  return value !== null && algorithm !== null ? `${algorithm.toLowerCase()} ${value.toUpperCase()}` : null;
}

/** Share of played sound that had to be made up, and frames a second, below which it is said. Source: measured on bad lines, docs/decisions. */
const THIN = 0.05;
const COARSE_RATE = 7;
const COARSE_HEIGHT = 180;
const STILL_AFTER = 1_200;

/**
 * Judge the time between two samples.
 * @param before an earlier sample of the same connection, 0.8 s ago or more
 * @returns null while the connection cannot say how it is encrypted or which way it goes: then nothing is claimed
 */
export function judge(before: Sample, now: Sample): Quality | null {
  if (now.path === null || now.encrypted === null) return null;
  return {
    path: now.path,
    sound: judgeSound(before, now),
    picture: judgePicture(before, now),
    roundTrip: now.roundTrip,
    encrypted: now.encrypted,
    measuredAt: now.at,
  };
}

function judgeSound(before: Sample, now: Sample): Quality['sound'] {
  const arrived = now.sound.packets - before.sound.packets;
  if (arrived <= 0) return 'gone';
  const lost = Math.max(0, now.sound.lost - before.sound.lost);
  const played = now.sound.played - before.sound.played;
  const madeUp = played > 0 ? Math.max(0, now.sound.concealed - before.sound.concealed) / played : 0;
  return madeUp > THIN || lost / (lost + arrived) > 2 * THIN ? 'thin' : 'clear';
}

function judgePicture(before: Sample, now: Sample): Quality['picture'] {
  const seconds = (now.at - before.at) / 1000;
  const frames = now.picture.frames - before.picture.frames;
  if (now.picture.frames === 0) return 'gone';
  if (frames <= 0) return now.picture.packets > before.picture.packets || seconds * 1000 < STILL_AFTER ? 'still' : 'gone';
  const froze = now.picture.frozen - before.picture.frozen > 300;
  return frames / seconds < COARSE_RATE || now.picture.height < COARSE_HEIGHT || froze ? 'coarse' : 'clear';
}

/** Below this the picture would starve the sound, so it rests; it is tried again later, each time later. Source: 100 kbit/s and 20 % loss, measured. */
const CARRIES_PICTURE = 150_000;
const LASTING_LOSS = 0.2;
const LASTING = 4_000;
const FIRST_TRY = 15_000;

export interface PictureRest {
  readonly resting: boolean;
  /** Since when the line has been too thin, null if it is not. */
  readonly thinSince: number | null;
  readonly nextTry: number;
  readonly wait: number;
}

export const awake: PictureRest = { resting: false, thinSince: null, nextTry: 0, wait: FIRST_TRY };

/** Whether our own picture should rest for the sake of the sound. `sending`: a camera is on. */
export function restPicture(state: PictureRest, now: Sample, sending: boolean): PictureRest {
  if (!sending) return awake;
  if (state.resting) return now.at >= state.nextTry && now.lossThere < LASTING_LOSS ? { ...state, resting: false, thinSince: null } : state;
  const thin = (now.room !== null && now.room < CARRIES_PICTURE) || now.lossThere >= LASTING_LOSS;
  if (!thin) return { ...state, thinSince: null };
  const thinSince = state.thinSince ?? now.at;
  if (now.at - thinSince < LASTING) return { ...state, thinSince };
  return { resting: true, thinSince, nextTry: now.at + state.wait, wait: Math.min(state.wait * 2, 8 * FIRST_TRY) };
}
