import type { Vault } from '#vault/index.ts';

export type WayIn = 'passphrase' | 'link' | 'here';
const KINDS = { passphrase: 1, link: 3 } as const;

/** What opens this person's room, the surest first: her passphrase, her room link, else this browser alone. */
export function waysIn({ ways }: Pick<Vault, 'ways'>): [WayIn, ...WayIn[]] {
	const kept = (['passphrase', 'link'] as const).filter((way) => ways.includes(KINDS[way]));
	const [first = 'here', ...others] = kept;
	return [first, ...others];
}
