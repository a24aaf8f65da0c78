import { choices, meter, onDevices, open, type Choices, type DeviceFault, type DeviceKind, type Opened } from '#rtc/devices.ts';
import type { Tracks } from '#rtc/peer.ts';

const MUTED = 'attune.muted';
const CAMERA_OFF = 'attune.camera-off';
const chosenKey = (kind: DeviceKind): string => `attune.${kind}`;
/** Above this a microphone is said to hear somebody. */
const A_VOICE = 0.35;

/** `off`: by choice, or not asked for yet. `opening`: the browser may be asking. */
export type Standing = 'off' | 'opening' | 'on' | DeviceFault;

/** This person's own camera and microphone: what is open, what is muted, what went wrong. A reload in the session keeps the choices. */
export class Own {
	microphone = $state<Standing>('off');
	camera = $state<Standing>('off');
	muted = $state(sessionStorage.getItem(MUTED) !== null);
	wantsCamera = $state(sessionStorage.getItem(CAMERA_OFF) === null);
	level = $state(0);
	heard = $state(false);
	choices = $state.raw<Choices>({ microphones: [], cameras: [], loudspeakers: [] });
	loudspeaker = $state<string | null>(localStorage.getItem('attune.loudspeaker'));
	#audio = $state.raw<MediaStreamTrack | null>(null);
	#video = $state.raw<MediaStreamTrack | null>(null);
	/** How often each kind was asked for, so that an answer knows whether it is the latest. */
	#opening: Record<DeviceKind, number> = { microphone: 0, camera: 0 };
	#listeners: ((sending: Tracks) => void)[] = [];
	#stopMeter = (): void => undefined;
	#stopListening = (): void => undefined;

	/** What may go out once the door is open. A muted track is not enabled. */
	get sending(): Tracks {
		return { audio: this.#audio, video: this.#video };
	}

	/** Called with what may go out whenever that changes. Returns the way to stop. */
	onChange(listener: (sending: Tracks) => void): () => void {
		this.#listeners.push(listener);
		return () => void (this.#listeners = this.#listeners.filter((one) => one !== listener));
	}

	/** Id of the device that is open. */
	chosen(kind: DeviceKind): string | null {
		return (kind === 'microphone' ? this.#audio : this.#video)?.getSettings().deviceId ?? null;
	}

	get picture(): MediaStreamTrack | null {
		return this.#video;
	}

	/** Opens what is not open yet. */
	async start(): Promise<void> {
		this.#stopListening();
		this.#stopListening = onDevices(() => void this.#look());
		const [sound, picture] = [this.microphone, this.camera].map((standing) => standing === 'on' || standing === 'opening');
		await Promise.all([sound ? undefined : this.openMicrophone(), picture || !this.wantsCamera ? undefined : this.openCamera()]);
	}

	async openMicrophone(id?: string): Promise<void> {
		this.microphone = 'opening';
		this.#drop(this.#audio);
		this.#stopMeter();
		const opened = await this.#open('microphone', id);
		if (!opened) return;
		this.#audio = 'track' in opened ? opened.track : null;
		this.microphone = 'track' in opened ? 'on' : opened.fault;
		if (this.#audio) this.#hear(this.#audio);
		this.#tell();
		await this.#look();
	}

	async openCamera(id?: string): Promise<void> {
		this.camera = 'opening';
		this.#drop(this.#video);
		const opened = await this.#open('camera', id);
		if (!opened) return;
		this.#video = 'track' in opened ? opened.track : null;
		this.camera = 'track' in opened ? 'on' : opened.fault;
		this.#video?.addEventListener('ended', () => void this.openCamera());
		this.#tell();
		await this.#look();
	}

	mute(muted: boolean): void {
		this.muted = muted;
		keep(MUTED, muted);
		if (this.#audio) this.#audio.enabled = !muted;
		this.#tell();
	}

	/** Off puts the camera's light out. */
	async turnCamera(on: boolean): Promise<void> {
		this.wantsCamera = on;
		keep(CAMERA_OFF, !on);
		if (on) return this.openCamera();
		this.#opening.camera += 1;
		this.#drop(this.#video);
		this.#video = null;
		this.camera = 'off';
		this.#tell();
	}

	chooseLoudspeaker(id: string): void {
		this.loudspeaker = id;
		localStorage.setItem('attune.loudspeaker', id);
	}

	/** The bars are of use before the session only. */
	stopMeter(): void {
		this.#stopMeter();
		this.#stopMeter = () => undefined;
	}

	stop(): void {
		this.stopMeter();
		this.#stopListening();
		this.#opening = { microphone: this.#opening.microphone + 1, camera: this.#opening.camera + 1 };
		for (const track of [this.#audio, this.#video]) this.#drop(track);
		[this.#audio, this.#video, this.microphone, this.camera, this.heard] = [null, null, 'off', 'off', false];
	}

	#hear(track: MediaStreamTrack): void {
		track.enabled = !this.muted;
		track.addEventListener('ended', () => void this.openMicrophone());
		this.#stopMeter = meter(track, (level) => {
			this.level = level;
			this.heard ||= level > A_VOICE;
		});
	}

	/** Null: given up meanwhile, or asked for anew; then a device that opens late is shut again at once. */
	async #open(kind: DeviceKind, id: string | undefined): Promise<Opened | null> {
		const mine = (this.#opening[kind] += 1);
		const opened = await open(kind, this.#choose(kind, id));
		if (mine === this.#opening[kind]) return opened;
		if ('track' in opened) opened.track.stop();
		return null;
	}

	#choose(kind: DeviceKind, id: string | undefined): string | undefined {
		if (id !== undefined) localStorage.setItem(chosenKey(kind), id);
		return id ?? localStorage.getItem(chosenKey(kind)) ?? undefined;
	}

	/** A device that was missing and is plugged in now is opened by itself. */
	async #look(): Promise<void> {
		this.choices = await choices();
		if (this.microphone === 'none' && this.choices.microphones.length > 0) await this.openMicrophone();
		if (this.camera === 'none' && this.choices.cameras.length > 0) await this.openCamera();
	}

	#tell(): void {
		const sending = this.sending;
		for (const listener of this.#listeners) listener(sending);
	}

	#drop(track: MediaStreamTrack | null): void {
		track?.stop();
	}
}

function keep(key: string, on: boolean): void {
	if (on) sessionStorage.setItem(key, '1');
	else sessionStorage.removeItem(key);
}
