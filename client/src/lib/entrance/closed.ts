import type { Key } from '#i18n/words.svelte.ts';
import type { Closed } from '#vault/index.ts';

const KNOWN = ['torn', 'unknown', 'used', 'expired', 'revoked', 'tampered', 'holds-person', 'unreachable', 'throttled', 'newer'];
const DATED = ['used', 'expired', 'throttled'];

/** The sentences that say why a link opens nothing now. A code that nobody knows here is not taken for a link that is no good. */
export function closedKeys({ code, at }: Closed): { title: Key<'entrance'>; more: Key<'entrance'> } {
	const known = KNOWN.includes(code) ? code : 'unreachable';
	const bare = at === null && DATED.includes(known) ? '_bare' : '';
	return { title: `closed_${known}` as Key<'entrance'>, more: `closed_${known}_more${bare}` as Key<'entrance'> };
}

/** Looking again, later, may show an open door. */
export const maySoonOpen = ({ code }: Closed): boolean => !KNOWN.includes(code) || code === 'unreachable' || code === 'throttled';

export type SetUpDoor = 'torn' | 'open' | 'used' | 'unreachable';

/** `needed`: whether the server says that nobody has set up yet; null while it has not answered. */
export function setUpDoor(token: string, needed: boolean | null): SetUpDoor {
	if (token.length < 20) return 'torn';
	if (needed === null) return 'unreachable';
	return needed ? 'open' : 'used';
}
