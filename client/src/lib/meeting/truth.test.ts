import { describe, expect, it } from 'vitest';
import type { Quality } from '#rtc/quality.ts';
import { heard, soundOnly } from './truth.ts';

const quality = (sound: Quality['sound'], picture: Quality['picture']): Quality => ({
	path: 'direct', sound, picture, roundTrip: 20, encrypted: { handshake: 'DTLS 1.3', cipher: 'x' }, measuredAt: 0
});
const theirs = (mic: boolean, camera: boolean) => ({ mic, camera, picture: true, sound: true });

describe('the line of truth', () => {
	it('says one thing when all is clear', () => expect(heard(quality('clear', 'clear'), theirs(true, true))).toEqual(['both_clear']));
	it('says what is not', () => {
		expect(heard(quality('thin', 'coarse'), null)).toEqual(['sound_thin', 'picture_coarse']);
		expect(heard(quality('gone', 'gone'), theirs(true, true))).toEqual(['sound_gone', 'picture_gone']);
	});
	it('does not blame the line for what was turned off', () => {
		expect(heard(quality('clear', 'gone'), theirs(true, false))).toEqual(['voice_clear']);
		expect(heard(quality('thin', 'gone'), theirs(true, false))).toEqual(['sound_thin']);
		expect(heard(quality('clear', 'clear'), theirs(false, true))).toEqual(['their_mute', 'picture_clear']);
		expect(heard(quality('gone', 'gone'), theirs(false, false))).toEqual(['their_mute']);
	});
});

describe('sound only', () => {
	it('when the camera is off, or no picture arrives', () => {
		expect(soundOnly({ quality: quality('clear', 'clear'), theirs: theirs(true, false) })).toBe(true);
		expect(soundOnly({ quality: quality('clear', 'gone'), theirs: theirs(true, true) })).toBe(true);
	});
	it('not before something was measured, nor for a picture that stands still', () => {
		expect(soundOnly({ quality: null, theirs: null })).toBe(false);
		expect(soundOnly({ quality: quality('clear', 'still'), theirs: null })).toBe(false);
	});
});
