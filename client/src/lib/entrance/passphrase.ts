/** Fewer characters than this could be guessed by whoever copies the server's disk. */
export const LEAST = 16;

export type Verdict = 'drawn' | 'own' | 'too-short' | 'not-the-six';

/**
 * What was typed, beside the six words on offer. Words that share some of the six but not all are a slip on the way to paper;
 * words that share none are the person's own.
 */
export function judge(typed: string, drawn: readonly string[]): Verdict {
	const words = typed.trim().toLowerCase().split(/[\s-]+/u).filter(Boolean);
	if (words.length === drawn.length && words.every((word, place) => word === drawn[place])) return 'drawn';
	if (drawn.length > 0 && words.some((word) => drawn.includes(word))) return 'not-the-six';
	return [...typed.trim()].length < LEAST ? 'too-short' : 'own';
}

/** A sign-in name made of what a name leaves when only small Latin letters, figures and dashes may stay. */
export function suggestLogin(name: string): string {
	const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
	const kept = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
	return kept.length >= 3 ? kept.slice(0, 32) : 'practice';
}

export function isLogin(login: string): boolean {
	return /^[a-z0-9][a-z0-9._-]{2,63}$/.test(login);
}
