import type { Quality } from '#rtc/quality.ts';
import type { SessionView } from '#rtc/session.ts';

export type Heard =
	| 'both_clear' | 'voice_clear' | 'their_mute'
	| `sound_${Quality['sound']}` | `picture_${Quality['picture']}`;

/** How good it is, as the sentences that say so. What the other has turned off is said of the other, not of the line. */
export function heard(quality: Quality, theirs: SessionView['theirs']): Heard[] {
	const cameraOff = theirs?.camera === false;
	const picture: Heard[] = cameraOff ? [] : [`picture_${quality.picture}`];
	if (theirs?.mic === false) return ['their_mute', ...picture];
	if (cameraOff && quality.sound === 'clear') return ['voice_clear'];
	if (quality.sound === 'clear' && quality.picture === 'clear') return ['both_clear'];
	return [`sound_${quality.sound}`, ...picture];
}

/** No picture to show: the call is a beautiful screen of its own. */
export function soundOnly({ quality, theirs }: Pick<SessionView, 'quality' | 'theirs'>): boolean {
	return quality !== null && (theirs?.camera === false || quality.picture === 'gone');
}
