/** Camera, microphone, loudspeaker and the way to the relay: opened, measured, and every failure named. */

/** insecure: the page has no access to devices at all, as it was not loaded over https. */
export type DeviceFault = 'not-allowed' | 'none' | 'busy' | 'insecure';
export type DeviceKind = 'microphone' | 'camera';
export type Opened = { readonly track: MediaStreamTrack } | { readonly fault: DeviceFault };

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface Choices {
  readonly microphones: readonly Choice[];
  readonly cameras: readonly Choice[];
  readonly loudspeakers: readonly Choice[];
}

const FAULTS: Record<string, DeviceFault> = {
  NotAllowedError: 'not-allowed',
  SecurityError: 'not-allowed',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** The name of a getUserMedia failure (Media Capture and Streams, 10.2), as what can be done about it. */
export function deviceFault(name: string): DeviceFault {
  return FAULTS[name] ?? 'busy';
}

/** Open one device. A chosen one that is gone gives way to any other. */
export async function open(kind: DeviceKind, id?: string): Promise<Opened> {
  if (!devicesThere()) return { fault: 'insecure' };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wish(kind, id));
    const [track] = stream.getTracks();
    return track ? { track } : { fault: 'none' };
  } catch (fault) {
    const name = fault instanceof DOMException ? fault.name : '';
    return id !== undefined && deviceFault(name) === 'none' ? open(kind) : { fault: deviceFault(name) };
  }
}

function wish(kind: DeviceKind, id: string | undefined): MediaStreamConstraints {
  const chosen = id === undefined ? {} : { deviceId: { exact: id } };
  if (kind === 'microphone') return { audio: { ...chosen, echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
  return { video: { ...chosen, facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } } };
}

function devicesThere(): boolean {
  return 'mediaDevices' in navigator && window.isSecureContext;
}

/** What there is to choose from. Labels are empty until a device was allowed once. */
export async function choices(): Promise<Choices> {
  if (!devicesThere()) return { microphones: [], cameras: [], loudspeakers: [] };
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind): Choice[] =>
    all.filter((one) => one.kind === kind && one.deviceId !== '').map((one) => ({ id: one.deviceId, label: one.label }));
  return { microphones: of('audioinput'), cameras: of('videoinput'), loudspeakers: of('audiooutput') };
}

/** Plugged in or out. Returns the way to stop. */
export function onDevices(hear: () => void): () => void {
  if (!devicesThere()) return () => undefined;
  navigator.mediaDevices.addEventListener('devicechange', hear);
  return () => navigator.mediaDevices.removeEventListener('devicechange', hear);
}

/** Loudness of a track, 0 to 1 on a scale of -60 to 0 dB, ten times a second. Returns the way to stop. */
export function meter(track: MediaStreamTrack, hear: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    hear(loudness(samples));
  }, 100);
  const stopWaking = wake(context);
  return () => {
    clearInterval(timer);
    stopWaking();
    void context.close();
  };
}

/** Browsers let a page listen to sound only after a press; the first one anywhere does. */
function wake(context: AudioContext): () => void {
  const resume = (): void => void context.resume();
  resume();
  document.addEventListener('pointerdown', resume);
  document.addEventListener('keydown', resume);
  return () => {
    document.removeEventListener('pointerdown', resume);
    document.removeEventListener('keydown', resume);
  };
}

/** Root mean square of samples in -1 to 1, as 0 (-60 dB and below) to 1 (0 dB). */
export function loudness(samples: Float32Array): number {
  const square = samples.reduce((sum, one) => sum + one * one, 0) / Math.max(1, samples.length);
  return square === 0 ? 0 : Math.min(1, Math.max(0, 1 + (10 * Math.log10(square)) / 60));
}

/** One soft bell on the loudspeaker, two partials that fade within a second. Resolves when it has rung. */
export async function ring(loudspeaker?: string): Promise<void> {
  const context = new AudioContext(loudspeaker === undefined ? {} : ({ sinkId: loudspeaker } as AudioContextOptions));
  await context.resume();
  const end = context.currentTime + 1.1;
  for (const [pitch, loud] of [[523.25, 0.2], [1318.5, 0.06]] as const) partial(context, pitch, loud, end);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await context.close();
}

function partial(context: AudioContext, pitch: number, loud: number, end: number): void {
  const tone = new OscillatorNode(context, { frequency: pitch });
  const swell = new GainNode(context, { gain: 0 });
  swell.gain.linearRampToValueAtTime(loud, context.currentTime + 0.02);
  swell.gain.exponentialRampToValueAtTime(0.0001, end);
  tone.connect(swell).connect(context.destination);
  tone.start();
  tone.stop(end);
}

export type Line = 'relayed' | 'unreachable' | 'no-relay';

/** Can this network reach the relay? Gathers one relay candidate and lets it go. */
export async function tryLine(iceServers: RTCIceServer[], patience = 6_000): Promise<Line> {
  if (iceServers.length === 0) return 'no-relay';
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
  try {
    return await reachesRelay(connection, patience);
  } finally {
    connection.close();
  }
}

async function reachesRelay(connection: RTCPeerConnection, patience: number): Promise<Line> {
  const reached = new Promise<Line>((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve('unreachable');
      else if (candidate.candidate.includes(' typ relay')) resolve('relayed');
    };
    setTimeout(() => resolve('unreachable'), patience);
  });
  connection.createDataChannel('line');
  await connection.setLocalDescription(await connection.createOffer());
  return reached;
}
