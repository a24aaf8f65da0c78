import { choices, meter, onDevices, open, type Choices, type DeviceFault, type DeviceKind } from '#rtc/devices.ts';
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
	#stopMeter = (): void => undefined;
	#stopListening = (): void => undefined;

	/** What may go out once the door is open; a new one whenever that changes. */
	get sending(): Tracks & { readonly muted: boolean } {
		return { audio: this.#audio, video: this.#video, muted: this.muted };
	}

	/** Id of the device that is open. */
	chosen(kind: DeviceKind): string | null {
		return (kind === 'microphone' ? this.#audio : this.#video)?.getSettings().deviceId ?? null;
	}

	get picture(): MediaStreamTrack | null {
		return this.#video;
	}

	async start(): Promise<void> {
		this.#stopListening();
		this.#stopListening = onDevices(() => void this.#look());
		await Promise.all([this.openMicrophone(), this.wantsCamera ? this.openCamera() : undefined]);
	}

	async openMicrophone(id?: string): Promise<void> {
		this.microphone = 'opening';
		this.#drop(this.#audio);
		this.#stopMeter();
		const opened = await open('microphone', this.#choose('microphone', id));
		this.#audio = 'track' in opened ? opened.track : null;
		this.microphone = 'track' in opened ? 'on' : opened.fault;
		if (this.#audio) this.#hear(this.#audio);
		await this.#look();
	}

	async openCamera(id?: string): Promise<void> {
		this.camera = 'opening';
		this.#drop(this.#video);
		const opened = await open('camera', this.#choose('camera', id));
		this.#video = 'track' in opened ? opened.track : null;
		this.camera = 'track' in opened ? 'on' : opened.fault;
		this.#video?.addEventListener('ended', () => void this.openCamera());
		await this.#look();
	}

	mute(muted: boolean): void {
		this.muted = muted;
		keep(MUTED, muted);
		if (this.#audio) this.#audio.enabled = !muted;
	}

	/** Off puts the camera's light out. */
	async turnCamera(on: boolean): Promise<void> {
		this.wantsCamera = on;
		keep(CAMERA_OFF, !on);
		if (on) return this.openCamera();
		this.#drop(this.#video);
		this.#video = null;
		this.camera = 'off';
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

	#drop(track: MediaStreamTrack | null): void {
		track?.stop();
	}
}

function keep(key: string, on: boolean): void {
	if (on) sessionStorage.setItem(key, '1');
	else sessionStorage.removeItem(key);
}
