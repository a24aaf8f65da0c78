import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Peer, type PeerOptions } from './peer.ts';
import type { CallSignal, PageCall } from './signalling.ts';

const FINGERPRINT = 'a=fingerprint:sha-256 AA:BB';
const HOST = 'candidate:1 1 udp 1 192.168.1.7 5000 typ host ufrag u1';
const RELAY = 'candidate:2 1 udp 1 198.51.100.4 6000 typ relay raddr 203.0.113.9 rport 5000 ufrag u1';
const sdp = (ufrag: string, ...more: string[]): string =>
  `${['v=0', 'o=- 1 2 IN IP4 192.168.1.7', 'm=audio 5000 X 1', 'c=IN IP4 192.168.1.7', `a=${HOST}`, `a=${RELAY}`, `a=ice-ufrag:${ufrag}`, FINGERPRINT, ...more].join('\r\n')}\r\n`;

/** As much of a connection as a Peer touches; it gathers everything a browser could find, whatever policy it was given. */
class FakeConnection {
  static last: FakeConnection;
  connectionState = 'new';
  signalingState = 'stable';
  iceGatheringState = 'complete';
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  currentRemoteDescription: RTCSessionDescriptionInit | null = null;
  onicecandidate: ((event: { candidate: { candidate: string; sdpMid: string; sdpMLineIndex: number } | null }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  readonly placed: (string | null)[] = [];
  readonly added: string[] = [];
  readonly policies: (string | undefined)[] = [];
  readonly transceivers: unknown[] = [];
  #offers = 0;

  constructor(configuration: RTCConfiguration) {
    this.policies.push(configuration.iceTransportPolicy);
    FakeConnection.last = this;
    for (const kind of ['audio', 'video']) this.transceivers.push(this.#transceiver(kind));
  }

  #transceiver(kind: string): unknown {
    const replaceTrack = (track: { id: string } | null): Promise<void> => Promise.resolve(void this.placed.push(track ? track.id : null));
    const sender = { replaceTrack, setStreams: () => undefined, getParameters: () => ({ encodings: [{}] }), setParameters: () => Promise.resolve() };
    return { receiver: { track: { kind } }, sender, direction: 'recvonly', setCodecPreferences: () => undefined };
  }

  addTransceiver(): void { return; }
  getTransceivers(): unknown[] { return this.transceivers; }
  setConfiguration({ iceTransportPolicy }: RTCConfiguration): void { this.policies.push(iceTransportPolicy); }
  createOffer(): Promise<RTCSessionDescriptionInit> { return Promise.resolve({ type: 'offer', sdp: sdp(`mine${++this.#offers}`) }); }
  createAnswer(): Promise<RTCSessionDescriptionInit> { return Promise.resolve({ type: 'answer', sdp: sdp('mine') }); }
  setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    return Promise.resolve();
  }
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    [this.remoteDescription, this.currentRemoteDescription, this.signalingState] = [description, description, 'stable'];
    return Promise.resolve();
  }
  addIceCandidate({ candidate }: { candidate: string }): Promise<void> { return Promise.resolve(void this.added.push(candidate)); }
  close(): void { this.signalingState = 'closed'; }
  find(candidate: string): void { this.onicecandidate?.({ candidate: { candidate, sdpMid: '0', sdpMLineIndex: 0 } }); }
}

const heard = { linked: vi.fn(), failed: vi.fn(), hungUp: vi.fn(), swapped: vi.fn() };
const tracks = { audio: { id: 'voice' }, video: { id: 'face' } } as unknown as PeerOptions['tracks'];
const said: CallSignal[] = [];
const call = (owner: boolean): PageCall => ({ id: 'c', owner, send: (signal) => Promise.resolve(void said.push(signal)), subscribe: () => () => undefined });
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function peer(owner: boolean, more: Partial<PeerOptions> = {}): Promise<{ peer: Peer; connection: FakeConnection }> {
  const made = new Peer(call(owner), { iceServers: [], path: 'relay', hides: false, tracks: null, hear: heard, ...more });
  await settled();
  return { peer: made, connection: FakeConnection.last };
}
const descriptions = (): string[] => said.flatMap((signal) => (signal.kind === 'offer' || signal.kind === 'answer' ? [signal.sdp] : []));
const everything = (): string => JSON.stringify(said);

beforeEach(() => {
  said.length = 0;
  Object.values(heard).forEach((hear) => hear.mockClear());
  vi.stubGlobal('RTCPeerConnection', FakeConnection);
  vi.stubGlobal('MediaStream', class { addTrack(): void { return; } });
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => ({ codecs: [] }) });
});
afterEach(() => vi.unstubAllGlobals());

describe('before admission', () => {
  it.each([true, false])('no address but the relay’s is told (owner: %s), and nothing captured is placed', async (owner) => {
    const { peer: one, connection } = await peer(owner);
    if (!owner) one.takeDescription('offer', sdp('theirs'));
    await settled();
    connection.find(HOST);
    connection.find(RELAY);
    await settled();
    expect(descriptions()).toHaveLength(1);
    expect(everything()).toContain('198.51.100.4');
    for (const address of ['192.168.1.7', '203.0.113.9']) expect(everything()).not.toContain(address);
    expect(connection.placed).toEqual([]);
    expect(new Set(connection.policies)).toEqual(new Set(['relay']));
  });
  it.each([true, false])('without a relay no address is told or tried until it may send (owner: %s), and then without a new description', async (owner) => {
    const { peer: one, connection } = await peer(owner, { path: 'none' });
    one.takeDescription(owner ? 'answer' : 'offer', sdp('theirs', 'a=x-answers:mine1'));
    await settled();
    connection.find(HOST);
    one.takeCandidate('candidate:3 1 udp 1 192.0.2.9 5000 typ host ufrag theirs', '0', 0);
    await settled();
    expect(said.map(({ kind }) => kind)).toEqual([owner ? 'offer' : 'answer']);
    expect(everything()).not.toContain('192.168.1.7');
    expect(connection.remoteDescription?.sdp).not.toContain('a=candidate');
    expect([connection.placed, connection.added]).toEqual([[], []]);
    one.send(tracks ?? { audio: null, video: null });
    await settled();
    expect(said.map(({ kind }) => kind)).toEqual([owner ? 'offer' : 'answer', 'candidate']);
    expect(everything()).toContain('192.168.1.7');
    expect(connection.placed).toEqual(['voice', 'face']);
    expect(connection.added).toHaveLength(1);
  });
  it('an offer to restart does not open the direct way for who was not let in', async () => {
    const { peer: one, connection } = await peer(false);
    for (const ufrag of ['one', 'two']) one.takeDescription('offer', sdp(ufrag));
    await settled();
    expect(new Set(connection.policies)).toEqual(new Set(['relay']));
    expect(everything()).not.toContain('192.168.1.7');
  });
});

describe('admission', () => {
  it('only places the tracks: no new description', async () => {
    const { peer: one, connection } = await peer(true);
    one.send(tracks ?? { audio: null, video: null });
    await settled();
    expect(connection.placed).toEqual(['voice', 'face']);
    expect(descriptions()).toHaveLength(1);
  });
  it('then a restart tells all candidates, of both sides', async () => {
    const owner = await peer(true, { tracks });
    owner.peer.restart('all');
    await settled();
    expect(descriptions()[1]).toContain('192.168.1.7');
    const other = await peer(false, { tracks });
    for (const ufrag of ['one', 'two']) other.peer.takeDescription('offer', sdp(ufrag));
    await settled();
    expect(other.connection.policies.at(-1)).toBe('all');
  });
  it('who hides stays on the relay', async () => {
    const owner = await peer(true, { tracks, hides: true });
    owner.peer.restart('all');
    await settled();
    const other = await peer(false, { tracks, hides: true });
    for (const ufrag of ['one', 'two']) other.peer.takeDescription('offer', sdp(ufrag));
    await settled();
    expect(everything()).not.toContain('192.168.1.7');
  });
});

describe('descriptions', () => {
  it('with no fingerprint, or two, end the call', async () => {
    for (const odd of [sdp('x', FINGERPRINT), sdp('x').replace(FINGERPRINT, 'a=x')]) {
      const { peer: one, connection } = await peer(false);
      one.takeDescription('offer', odd);
      await settled();
      expect(heard.swapped).toHaveBeenCalledOnce();
      expect(connection.remoteDescription).toBeNull();
      heard.swapped.mockClear();
    }
  });
  it('an answer to an earlier offer is passed over', async () => {
    const { peer: one, connection } = await peer(true);
    one.restart('relay');
    await settled();
    one.takeDescription('answer', sdp('theirs', 'a=x-answers:mine1'));
    await settled();
    expect(connection.remoteDescription).toBeNull();
    one.takeDescription('answer', sdp('theirs', 'a=x-answers:mine2'));
    await settled();
    expect(connection.remoteDescription?.sdp).toContain('a=ice-ufrag:theirs');
  });
  it('a candidate of another generation is passed over', async () => {
    const { peer: one, connection } = await peer(false);
    one.takeDescription('offer', sdp('u1'));
    one.takeCandidate(HOST.replace('u1', 'u0'), '0', 0);
    one.takeCandidate(HOST, '0', 0);
    await settled();
    expect(connection.added).toEqual([HOST]);
  });
  it('another certificate than the signed one ends the call, the signed one does not', async () => {
    const { peer: one, connection } = await peer(false);
    one.takeDescription('offer', sdp('u1'));
    await settled();
    expect(one.compare('sha-256 AA:BB')).toBe(false);
    Object.assign(connection, { connectionState: 'connected' });
    expect([one.compare('sha-256 AA:BB'), one.compare(null)]).toEqual([true, true]);
    expect(heard.swapped).not.toHaveBeenCalled();
    expect(one.compare('sha-256 AA:CC')).toBe(false);
    expect(heard.swapped).toHaveBeenCalledOnce();
  });
  it('a handshake that fails ends the call, before it was ever linked; one that closes is a page that went', async () => {
    const { peer: one, connection } = await peer(false);
    const transport = { state: 'connecting', onstatechange: (): void => undefined };
    for (const transceiver of connection.transceivers) Object.assign((transceiver as { sender: object }).sender, { transport });
    one.takeDescription('offer', sdp('u1'));
    await settled();
    for (const state of ['closed', 'failed']) {
      Object.assign(transport, { state });
      transport.onstatechange();
    }
    expect([heard.hungUp, heard.swapped, heard.failed].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0]);
  });
  it('a step that the browser refuses is named', async () => {
    const { peer: one, connection } = await peer(false);
    connection.setRemoteDescription = () => Promise.reject(new DOMException('no', 'OperationError'));
    one.takeDescription('offer', sdp('u1'));
    await settled();
    expect(heard.failed).toHaveBeenCalledWith('OperationError');
  });
});
