import { codeOf, sayProblem } from '#i18n/problem.svelte.ts';
import { area } from '#i18n/words.svelte.ts';

const t = area('keys');

/** What hindered a way in from being made, in words. */
export function sayFault(error: unknown): () => string {
	const code = codeOf(error);
	if (code === 'words-do-not-open') return () => t('not_open_now');
	return code === 'way-waits' ? () => t('way_waits') : () => sayProblem(error);
}
