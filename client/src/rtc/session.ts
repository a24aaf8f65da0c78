import { begin, step, type Continuity, type Happening, type Intention, type Path } from './continuity.ts';
import { Peer, type Tracks } from './peer.ts';
import { awake, judge, restPicture, sample, type PictureRest, type Quality, type Sample } from './quality.ts';
import { stillTrue, type CallSignal, type CallState, type PageCall, type Signalling } from './signalling.ts';

export interface SessionOptions {
  readonly keeper: boolean;
  /** Keeper: the other was let in before in this appointment. */
  readonly known: boolean;
  readonly hides: boolean;
  /** Empty: no relay, no warm-up. */
  readonly iceServers: RTCIceServer[];
  readonly signalling: Signalling;
  changed(view: SessionView): void;
}

/** What a screen shows of the hour together. A new one at every change. */
export interface SessionView {
  readonly phase: Continuity['phase'];
  readonly ending: Continuity['ending'];
  /** The two devices have found each other. */
  readonly linked: boolean;
  /** When the other was last heard, while the line is down. */
  readonly quietSince: number | null;
  /** The other's page was closed, or is being loaded anew. */
  readonly gone: boolean;
  readonly known: boolean;
  /** What arrives. Nothing before admission, if the other's page is honest: until then it must be neither shown nor heard. */
  readonly remote: MediaStream | null;
  readonly quality: Quality | null;
  /** Loudness of the other's voice of late, 0 to 1. */
  readonly voice: number;
  /** What the other's page says it sends and gets; null before it said so. */
  readonly theirs: CallState | null;
  /** Our own picture rests, for the sake of the sound. */
  readonly resting: boolean;
  /** Name of the call that this page is in, and whether its line is held to what was signed in it, as measured last. */
  readonly call: string | null;
  readonly held: boolean;
  /** The keeper's page asks for the words to be read out. */
  readonly words: boolean;
  /** Name of the last step that this browser refused, until the call is heard. */
  readonly refused: string | null;
}

/** Milliseconds. Sound packets come fifty times a second; without a microphone only a report now and then does. */
const LOOK_EVERY = 400;
const SILENCE = 1_200;
const SILENCE_OF_THE_MUTE = 6_000;
const JUDGED_OVER = 1_000;
const UNHEARD_FOR = 3_000;

/**
 * The hour together, as one page lives it: greets, connects, lets in or is let in, measures, mends, ends.
 * Drives the continuity machine and carries out what it intends; knows no screen.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #calls = new Map<string, { call: PageCall; stop: () => void; early: CallSignal[] }>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stopMeeting: () => void;
  #state: Continuity;
  #peer: Peer | null = null;
  #own: Tracks = { audio: null, video: null };
  #theirs: CallState | null = null;
  #told = '';
  #samples: Sample[] = [];
  #quality: Quality | null = null;
  #rest: PictureRest = awake;
  #held = false;
  #words = false;
  #soundAt = 0;
  #theirsAt = 0;
  #refused: string | null = null;
  #unheardSince: number | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#state = begin({ ...options, relay: options.iceServers.length > 0 });
    this.#stopMeeting = options.signalling.onCall((call) => this.#meet(call));
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY);
    globalThis.addEventListener?.('online', this.#online);
    globalThis.addEventListener?.('pagehide', this.#closing);
    options.signalling.greet();
  }

  /** Let in, or being let in: tracks go out. */
  get joined(): boolean { return this.#admitted(); }

  letIn(): void { this.#happen({ what: 'let-in' }); }
  /** Keeper: the session is over for both. */
  end(): void { this.#happen({ what: 'end' }); }
  /** Keeper: ask the other's page to show the words that both read out. */
  words(): void { this.#say({ kind: 'words' }); }
  /** Other words were heard than this page shows: over, and the other's page says it too. */
  differ(): void { this.#happen({ what: 'differ' }); }
  leave(): void { this.#happen({ what: 'leave' }); }
  server(there: boolean): void { this.#happen({ what: there ? 'server-back' : 'server-gone' }); }

  /** What this page may send from now on; a track that is not enabled is muted. Nothing goes out before admission. */
  use(tracks: Tracks): void {
    this.#own = tracks;
    if (this.#admitted()) this.#peer?.send(tracks);
    this.#tell();
  }

  /** Stops measuring and connecting, without a word to the other. */
  close(): void {
    clearInterval(this.#timer);
    globalThis.removeEventListener?.('online', this.#online);
    globalThis.removeEventListener?.('pagehide', this.#closing);
    this.#stopMeeting();
    for (const { stop } of this.#calls.values()) stop();
    this.#peer?.close();
    this.#peer = null;
  }

  readonly #online = (): void => this.#happen({ what: 'online' });

  /** A connection that is closed says so to the other end; one that is thrown away with its page does not. */
  readonly #closing = (): void => this.#peer?.close();

  #admitted(): boolean {
    return ['joining', 'live', 'quiet'].includes(this.#state.phase);
  }

  #meet(call: PageCall): void {
    if (this.#calls.has(call.id)) return;
    const met = { call, early: [] as CallSignal[], stop: (): void => undefined };
    this.#calls.set(call.id, met);
    let waited: CallSignal[] | null = [];
    met.stop = call.subscribe((signal) => (waited ? void waited.push(signal) : this.#hear(call.id, signal)));
    const backlog = stillTrue(waited);
    waited = null;
    this.#happen({ what: 'met', page: call.id, owner: call.owner });
    this.#present(call);
    for (const signal of backlog) this.#hear(call.id, signal);
  }

  /** The two pages may have met long before this screen was opened: only a word in their call says that it is open now. */
  #present(call: PageCall): void {
    call.send({ kind: 'state', mic: false, camera: false, picture: false, sound: false }).catch(() => undefined);
  }

  #hear(page: string, signal: CallSignal): void {
    const call = this.#calls.get(page)?.call;
    if (call && (signal.kind === 'state' || signal.kind === 'offer')) this.#happen({ what: 'met', page, owner: call.owner });
    if (signal.kind === 'admit') this.#happen({ what: 'admitted', page });
    else if (signal.kind === 'leave') this.#happen({ what: 'left', page });
    else if (signal.kind === 'end') this.#ended(page);
    else if (signal.kind === 'words') this.#showWords(page);
    else if (signal.kind === 'differ') this.#differed(page);
    else if (signal.kind === 'swapped') this.#swapped(page);
    else if (page === this.#state.page && this.#peer !== null) this.#pass(this.#peer, signal);
    else this.#calls.get(page)?.early.push(signal);
  }

  #ended(page: string): void {
    if (page === this.#state.page) this.#happen({ what: 'ended' });
  }

  #differed(page: string): void {
    if (page === this.#state.page && this.#admitted()) this.#happen({ what: 'differed' });
  }

  #swapped(page: string): void {
    if (page === this.#state.page) this.#happen({ what: 'told-swapped' });
  }

  #showWords(page: string): void {
    if (page !== this.#state.page || !this.#admitted()) return;
    this.#words = true;
    this.#show();
  }

  #pass(peer: Peer, signal: CallSignal): void {
    if (signal.kind === 'offer' || signal.kind === 'answer') peer.takeDescription(signal.kind, signal.sdp);
    if (signal.kind === 'candidate') peer.takeCandidate(signal.candidate, signal.mid, signal.line);
    if (signal.kind !== 'state' || !this.#admitted()) return;
    this.#theirs = { mic: signal.mic, camera: signal.camera, picture: signal.picture, sound: signal.sound };
    this.#theirsAt = Date.now();
    this.#show();
  }

  #happen(happening: Happening): void {
    const before = this.#state;
    const next = step(before, happening, Date.now());
    this.#state = next.state;
    for (const intention of next.intentions) this.#carryOut(intention);
    if (next.intentions.length > 0 || before.phase !== next.state.phase || before.linked !== next.state.linked) this.#show();
    if (before.phase !== next.state.phase) this.#tell();
  }

  #carryOut(intention: Intention): void {
    switch (intention.do) {
      case 'connect': return this.#connect(intention.page, intention.path, intention.sending);
      case 'admit': return this.#say({ kind: 'admit' });
      case 'send-media': return this.#peer?.send(this.#own);
      case 'restart': return this.#peer?.restart(intention.path);
      case 'greet': return this.#options.signalling.greet();
      case 'tell-end': return this.#say({ kind: 'end' });
      case 'tell-leave': return this.#say({ kind: 'leave' });
      case 'tell-differ': return this.#say({ kind: 'differ' });
      case 'tell-swapped': return this.#say({ kind: 'swapped' });
      case 'disconnect': return this.#disconnect();
    }
  }

  #connect(page: string, path: Path, sending: boolean): void {
    const met = this.#calls.get(page);
    if (!met) return;
    const peer = this.#make(met.call, { path, tracks: sending ? this.#own : null });
    this.#peer = peer;
    for (const signal of met.early.splice(0)) this.#pass(peer, signal);
  }

  #make(call: PageCall, of: { path: Path; tracks: Tracks | null }): Peer {
    const peer: Peer = new Peer(call, {
      ...of,
      iceServers: this.#options.iceServers,
      hides: this.#options.hides,
      hear: {
        linked: () => this.#peer === peer && this.#happen({ what: 'connected' }),
        failed: (why) => this.#peer === peer && this.#fail(why),
        hungUp: () => this.#peer === peer && this.#happen({ what: 'hung-up' }),
        swapped: () => this.#peer === peer && this.#happen({ what: 'swapped' }),
      },
    });
    return peer;
  }

  #fail(why: string | null): void {
    this.#refused = why ?? this.#refused;
    this.#happen({ what: 'failed' });
    this.#show();
  }

  #disconnect(): void {
    this.#peer?.close();
    this.#peer = null;
    this.#theirs = null;
    this.#quality = null;
    this.#samples = [];
    this.#rest = awake;
    this.#told = '';
    this.#held = this.#words = false;
  }

  /** To the page this one is in a call with. Unacknowledged words are lost with that page; what it sends shows whether it lives. */
  #say(signal: CallSignal): void {
    const page = this.#state.page;
    if (page !== null) this.#calls.get(page)?.call.send(signal).catch(() => undefined);
  }

  /** Tell the other what we send and what arrives here, when that has changed. Not while joining: then the line belongs to the first frame. */
  #tell(): void {
    if (!this.#admitted() || this.#state.phase === 'joining') return;
    const quality = this.#quality;
    const state: CallState = {
      mic: this.#own.audio?.enabled === true,
      camera: this.#own.video !== null && !this.#rest.resting,
      picture: quality !== null && (quality.picture === 'clear' || quality.picture === 'coarse'),
      sound: quality !== null && quality.sound !== 'gone',
    };
    const words = JSON.stringify(state);
    if (words === this.#told) return;
    this.#told = words;
    this.#say({ kind: 'state', ...state });
  }

  async #look(): Promise<void> {
    const peer = this.#peer;
    if (peer === null) return;
    const now = sample(await peer.stats(), Date.now());
    if (this.#peer !== peer) return;
    this.#held = peer.compare(now.certificate);
    this.#listen(now);
    this.#measure(now);
    this.#happen({ what: 'tick', silence: this.#soundAt > this.#theirsAt ? SILENCE : SILENCE_OF_THE_MUTE });
  }

  /** Signs of life, and whether the other still gets ours. */
  #listen(now: Sample): void {
    const last = this.#samples.at(-1);
    if (now.sound.packets > (last?.sound.packets ?? 0)) this.#soundAt = now.at;
    if (now.packets > (last?.packets ?? 0)) this.#happen({ what: 'packets' });
    if (this.#state.phase === 'live') this.#refused = null;
    const unheard = this.#theirs !== null && !this.#theirs.sound && !this.#theirs.picture && this.#own.audio !== null;
    this.#unheardSince = unheard ? (this.#unheardSince ?? now.at) : null;
    if (this.#unheardSince !== null && now.at - this.#unheardSince > UNHEARD_FOR) this.#happen({ what: 'unheard' });
  }

  #measure(now: Sample): void {
    this.#samples = [...this.#samples.filter((one) => now.at - one.at < 4 * JUDGED_OVER), now];
    const before = this.#samples.findLast((one) => now.at - one.at >= JUDGED_OVER && one.at >= this.#state.joinedAt);
    if (!before || !this.#admitted()) return;
    this.#quality = judge(before, now) ?? this.#quality;
    this.#restPicture(now);
    this.#tell();
    this.#show();
  }

  #restPicture(now: Sample): void {
    const rest = restPicture(this.#rest, now, this.#own.video !== null && this.#state.phase === 'live');
    if (rest.resting !== this.#rest.resting) this.#peer?.rest(rest.resting);
    this.#rest = rest;
  }

  /** Root mean square of the other's sound over the last look, on the meter's scale. */
  #voice(): number {
    const [before, now] = this.#samples.slice(-2);
    if (!before || !now || now.at === before.at) return 0;
    const square = ((now.sound.energy - before.sound.energy) * 1000) / (now.at - before.at);
    return square <= 0 ? 0 : Math.min(1, Math.max(0, 1 + (10 * Math.log10(square)) / 60));
  }

  #show(): void {
    const { phase, ending, linked, quietSince, gone, known, page: call } = this.#state;
    const [held, words] = [this.#held, this.#words];
    const remote = this.#peer?.remote ?? null;
    const [quality, theirs, resting, refused] = [this.#quality, this.#theirs, this.#rest.resting, this.#refused];
    this.#options.changed({ phase, ending, linked, quietSince, gone, known, remote, quality, theirs, resting, refused, call, held, words, voice: this.#voice() });
  }
}
