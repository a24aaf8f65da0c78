import { hour } from './time.svelte.ts';
import { area } from './words.svelte.ts';

const t = area('house');

/** What went wrong, in words: what happened, what is safe, what to do. Codes that one screen alone knows are its own business. */
export function sayProblem(error: unknown): string {
	const { code, retryAt } = facts(error);
	if (code === 'throttled') return t('problem_throttled', { time: hour(retryAt ?? Date.now()) });
	if (code === 'unreachable') return t('problem_unreachable');
	if (code === 'full') return t('problem_full');
	if (code === 'too-big') return t('problem_too_big');
	return t('problem_other', { code });
}

/** The code of a vault's Problem. Anything else that was thrown is a mistake of ours: it is reported to the browser and named by its kind. */
export function codeOf(error: unknown): string {
	return facts(error).code;
}

function facts(error: unknown): { code: string; retryAt: number | null } {
	if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
		return { code: error.code, retryAt: 'retryAt' in error && typeof error.retryAt === 'number' ? error.retryAt : null };
	}
	if (error instanceof Error && error.name === 'QuotaExceededError') return { code: 'full', retryAt: null };
	reportError(error);
	return { code: error instanceof Error ? error.name : 'unknown', retryAt: null };
}
