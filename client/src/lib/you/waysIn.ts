import type { Vault } from '#vault/index.ts';

export type WayIn = 'passphrase' | 'sheet' | 'link' | 'here';
const KINDS = { passphrase: 1, sheet: 2, link: 3 } as const;

/** What opens this person's room, the surest first: her passphrase, her sheet, her room link, else this browser alone. */
export function waysIn({ ways }: Pick<Vault, 'ways'>): [WayIn, ...WayIn[]] {
	const kept = (['passphrase', 'sheet', 'link'] as const).filter((way) => ways.includes(KINDS[way]));
	const [first = 'here', ...others] = kept;
	return [first, ...others];
}
