import type { DeviceFault } from '#rtc/devices.ts';
import type { Own, Standing } from './own.svelte.ts';

const FAULTS = { 'not-allowed': 'not_allowed', none: 'none', busy: 'busy', insecure: 'insecure' } as const;

/** The part of a message key that names the fault, or null if there is none. */
export function faultOf(standing: Standing): (typeof FAULTS)[DeviceFault] | null {
	return standing in FAULTS ? FAULTS[standing as DeviceFault] : null;
}

export function microphoneWords({ microphone, muted, heard }: Pick<Own, 'microphone' | 'muted' | 'heard'>) {
	const fault = faultOf(microphone);
	if (fault) return `mic_${fault}` as const;
	if (microphone !== 'on') return 'mic_opening';
	if (muted) return 'mic_muted';
	return heard ? 'mic_heard' : 'mic_listening';
}
