import { keepChoice, recallChoice } from '#i18n/choices.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = 'attune.theme';
const chosen = $state({ theme: kept() });

export function theme(): Theme {
	return chosen.theme;
}

/** Keep the choice in this browser and draw by it. */
export function chooseTheme(next: Theme): void {
	keepChoice(KEPT, next);
	chosen.theme = next;
	drawTheme();
}

/** Before the first drawing, and whenever the choice changes. */
export function drawTheme(): void {
	if (chosen.theme === 'system') delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = chosen.theme;
}

function kept(): Theme {
	const found = recallChoice(KEPT);
	return THEMES.find((one) => one === found) ?? 'system';
}
