import { answering, answerTo, candidateUfrag, fingerprint, FingerprintsUnclear, hasUfrag, oneFingerprint, relayOnly, relayOnlyDescription, withoutCandidates } from './sdp.ts';
import type { Path } from './continuity.ts';
import type { PageCall } from './signalling.ts';

export interface Tracks {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export interface PeerHears {
  linked(): void;
  /** The way broke, or the browser refused a step; then `why` is the name of its refusal. */
  failed(why: string | null): void;
  /** The other's browser has closed its end. */
  hungUp(): void;
  /** The device at the other end is not the one whose fingerprint was signed. */
  swapped(): void;
}

export interface PeerOptions {
  readonly iceServers: RTCIceServer[];
  readonly path: Path;
  /** Stay on the relay, whatever the other side offers. */
  readonly hides: boolean;
  /** Admission has been given: captured tracks may go out. */
  readonly tracks: Tracks | null;
  readonly hear: PeerHears;
}

/** Sound before picture: 64 kbit/s leave it room for redundancy; 1.2 Mbit/s are plenty for one face. */
const SOUND: RTCRtpEncodingParameters = { maxBitrate: 64_000, priority: 'high', networkPriority: 'high' };
const PICTURE: RTCRtpEncodingParameters = { maxBitrate: 1_200_000, priority: 'low', networkPriority: 'low' };
/** How long a description waits for first candidates, and, once there is one, for those that come along with it. */
const GATHERING = 60;
const TOGETHER = 5;

/**
 * One RTCPeerConnection between this page and one page of the other.
 *
 * Made without tracks it carries nothing that was captured, and as long as its path is the relay's, no address but the relay's stands in
 * anything it says; while its path is none, no address at all, and none of the other's is tried: the two have agreed on everything but
 * where they are. `send` puts the tracks in without a new description, so letting in needs no round of signalling.
 */
export class Peer {
  /** What arrives. The same stream from start to end. */
  readonly remote = new MediaStream();
  /** Names sound and picture as one, so that the other side plays lips and voice together. */
  readonly #together = new MediaStream();
  readonly #connection: RTCPeerConnection;
  readonly #call: PageCall;
  readonly #options: PeerOptions;
  #path: Path;
  #tracks: Tracks | null;
  #resting = false;
  #told = false;
  #offers = 0;
  #turn: Promise<void> = Promise.resolve();
  /** Candidates of one's own, and of the other, that wait for admission. */
  #found: RTCIceCandidate[] = [];
  #waiting: (() => void)[] = [];
  #foundOne = (): void => undefined;

  constructor(call: PageCall, options: PeerOptions) {
    this.#call = call;
    this.#options = options;
    this.#path = options.hides ? 'relay' : options.path;
    this.#tracks = options.tracks;
    this.#connection = new RTCPeerConnection(this.#configuration());
    this.#listen();
    if (call.owner) this.#next(() => this.#begin());
  }

  /** Admission: these go out from now on, a muted or missing one not. */
  send(tracks: Tracks): void {
    this.#tracks = tracks;
    if (this.#path !== 'none') return this.#next(() => this.#place());
    this.#open();
    // The way takes longest to find: where the other is, said in the same breath, goes before the tracks.
    queueMicrotask(() => this.#next(() => this.#place()));
  }

  /** Owner only: find a way anew. */
  restart(path: Path): void {
    this.#path = this.#options.hides ? 'relay' : path;
    this.#next(() => this.#offer());
  }

  /** Let the picture rest, so that the sound has the line to itself. */
  rest(resting: boolean): void {
    this.#resting = resting;
    this.#next(() => this.#tune());
  }

  takeDescription(type: 'offer' | 'answer', sdp: string): void {
    this.#next(() => (type === 'offer' ? this.#takeOffer(sdp) : this.#takeAnswer(sdp)));
  }

  takeCandidate(candidate: string, mid: string | null, line: number | null): void {
    if (this.#path === 'none') this.#waiting.push(() => this.takeCandidate(candidate, mid, line));
    else this.#next(() => this.#takeCandidate(candidate, mid, line));
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  /**
   * Compare what getStats tells of the other end with the fingerprint that was signed. Null: not told, the browser has checked it.
   * True: the line stands, and is held to a description that came signed in this call.
   */
  compare(certificate: string | null): boolean {
    const signed = this.#connection.currentRemoteDescription?.sdp;
    if (signed === undefined || this.#connection.signalingState === 'closed') return false;
    const fits = certificate === null || fingerprint(oneFingerprint(signed)) === certificate;
    if (!fits) this.#options.hear.swapped();
    return fits && this.#connection.connectionState === 'connected';
  }

  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#connection.onicecandidate = null;
    this.#connection.close();
  }

  #configuration(): RTCConfiguration {
    return { iceServers: this.#options.iceServers, iceTransportPolicy: this.#path === 'relay' ? 'relay' : 'all', bundlePolicy: 'max-bundle' };
  }

  #listen(): void {
    this.#connection.ontrack = ({ track }) => this.remote.addTrack(track);
    this.#connection.onicecandidate = ({ candidate }) => this.#tellCandidate(candidate);
    this.#connection.onconnectionstatechange = () => {
      if (this.#connection.connectionState === 'connected') this.#linked();
      if (this.#connection.connectionState === 'failed') this.#options.hear.failed(null);
    };
  }

  #linked(): void {
    this.#watch();
    this.#options.hear.linked();
  }

  #watch(): void {
    const transport = this.#connection.getTransceivers()[0]?.sender.transport;
    if (transport) transport.onstatechange = () => this.#turned(transport.state);
  }

  /** A handshake fails by nothing but a certificate that one end or the other does not take for the signed one; a lost way leaves it as it is. */
  #turned(state: RTCDtlsTransportState): void {
    if (this.#connection.signalingState === 'closed') return;
    if (state === 'failed') this.#options.hear.swapped();
    if (state === 'closed') this.#options.hear.hungUp();
  }

  /** Admission without a relay: now each says where it is. What was not described yet says so itself. */
  #open(): void {
    this.#path = 'all';
    for (const found of this.#told ? this.#found.splice(0) : []) this.#sayCandidate(found);
    for (const take of this.#waiting.splice(0)) take();
  }

  /** Before admission no address is tried, whoever names it. */
  #believed(sdp: string): string {
    return this.#path === 'none' ? withoutCandidates(sdp) : sdp;
  }

  /** One step at a time: a description that overtakes another one wedges a connection. */
  #next(act: () => Promise<void>): void {
    this.#turn = this.#turn.then(() => (this.#connection.signalingState === 'closed' ? undefined : act())).catch((fault: unknown) => this.#faulted(fault));
  }

  #faulted(fault: unknown): void {
    if (this.#connection.signalingState === 'closed') return;
    if (fault instanceof FingerprintsUnclear) this.#options.hear.swapped();
    else this.#options.hear.failed(fault instanceof Error ? fault.name : String(fault));
  }

  async #begin(): Promise<void> {
    this.#connection.addTransceiver('audio', { direction: 'sendrecv', streams: [this.#together], sendEncodings: [SOUND] });
    this.#connection.addTransceiver('video', { direction: 'sendrecv', streams: [this.#together], sendEncodings: [PICTURE] });
    await this.#place();
    await this.#offer();
  }

  async #offer(): Promise<void> {
    this.#connection.setConfiguration(this.#configuration());
    this.#preferRedundancy();
    await this.#describe(await this.#connection.createOffer({ iceRestart: this.#offers > 0 }));
    this.#offers += 1;
    this.#tell('offer', (told) => told);
  }

  async #takeOffer(sdp: string): Promise<void> {
    fingerprint(sdp);
    if (this.#offers > 0 && this.#tracks !== null && !this.#options.hides) this.#path = 'all';
    this.#offers += 1;
    this.#connection.setConfiguration(this.#configuration());
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: this.#believed(sdp) });
    for (const transceiver of this.#connection.getTransceivers()) {
      transceiver.direction = 'sendrecv';
      transceiver.sender.setStreams(this.#together);
    }
    this.#preferRedundancy();
    await this.#place();
    await this.#describe(await this.#connection.createAnswer());
    this.#tell('answer', (told) => answering(told, sdp));
    await this.#tune();
  }

  async #takeAnswer(answer: string): Promise<void> {
    fingerprint(answer);
    const sdp = answerTo(this.#connection.localDescription?.sdp ?? '', answer);
    if (sdp === null || this.#connection.signalingState !== 'have-local-offer') return;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: this.#believed(sdp) });
    await this.#tune();
  }

  async #takeCandidate(candidate: string, mid: string | null, line: number | null): Promise<void> {
    const ufrag = candidateUfrag(candidate);
    const described = this.#connection.remoteDescription?.sdp;
    if (candidate === '' || described === undefined || (ufrag !== null && !hasUfrag(described, ufrag))) return;
    await this.#connection.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex: line });
  }

  async #describe(description: RTCSessionDescriptionInit): Promise<void> {
    this.#told = false;
    this.#found = [];
    await this.#connection.setLocalDescription(description);
    this.#watch();
    await this.#gathered();
  }

  #gathered(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        if (this.#connection.iceGatheringState === 'complete') resolve();
      };
      this.#connection.onicegatheringstatechange = done;
      this.#foundOne = () => void setTimeout(resolve, TOGETHER);
      setTimeout(resolve, GATHERING);
      done();
    });
  }

  #tell(kind: 'offer' | 'answer', finish: (told: string) => string): void {
    const sdp = oneFingerprint(this.#connection.localDescription?.sdp ?? '');
    this.#told = true;
    this.#say({ kind, sdp: finish(this.#path === 'all' ? sdp : relayOnlyDescription(sdp)) });
  }

  #tellCandidate(found: RTCIceCandidate | null): void {
    // Browsers only ever call out over TCP, so two of them never meet there: not worth a message.
    if (found === null || found.protocol === 'tcp') return;
    this.#foundOne();
    if (this.#path === 'none') this.#found.push(found);
    else if (this.#told) this.#sayCandidate(found);
  }

  #sayCandidate(found: RTCIceCandidate): void {
    const candidate = this.#path === 'relay' ? relayOnly(found.candidate) : found.candidate;
    if (candidate !== null) this.#say({ kind: 'candidate', candidate, mid: found.sdpMid, line: found.sdpMLineIndex });
  }

  /** What the other does not acknowledge within a minute is lost with its page; silence is noticed by what no longer arrives. */
  #say(signal: Parameters<PageCall['send']>[0]): void {
    this.#call.send(signal).catch(() => undefined);
  }

  #sender(kind: 'audio' | 'video'): RTCRtpSender | undefined {
    return this.#connection.getTransceivers().find((transceiver) => transceiver.receiver.track.kind === kind)?.sender;
  }

  async #place(): Promise<void> {
    if (this.#tracks === null) return;
    await Promise.all([this.#sender('audio')?.replaceTrack(this.#tracks.audio), this.#sender('video')?.replaceTrack(this.#tracks.video)]);
  }

  async #tune(): Promise<void> {
    await this.#limit('audio', SOUND);
    await this.#limit('video', { ...PICTURE, active: !this.#resting });
  }

  async #limit(kind: 'audio' | 'video', wish: RTCRtpEncodingParameters): Promise<void> {
    const sender = this.#sender(kind);
    const parameters = sender?.getParameters();
    if (!sender || !parameters || parameters.encodings.length === 0) return;
    Object.assign(parameters.encodings[0] ?? {}, wish);
    if (kind === 'video') parameters.degradationPreference = 'balanced';
    await sender.setParameters(parameters);
  }

  /** RED carries each sound packet twice, which bridges most losses; in-band FEC is on by default wherever Opus is. */
  #preferRedundancy(): void {
    const sound = this.#connection.getTransceivers().find((transceiver) => transceiver.receiver.track.kind === 'audio');
    const codecs = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
    const red = codecs.filter((codec) => codec.mimeType.toLowerCase() === 'audio/red');
    if (!sound || red.length === 0) return;
    sound.setCodecPreferences([...red, ...codecs.filter((codec) => !red.includes(codec))]);
  }
}
