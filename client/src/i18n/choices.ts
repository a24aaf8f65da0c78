// What somebody chose in this browser: language, figures, look. A browser that keeps nothing for the page has no choices, and the page goes on.

export function recallChoice(name: string): string | null {
	return choices()?.getItem(name) ?? null;
}

export function keepChoice(name: string, choice: string): void {
	choices()?.setItem(name, choice);
}

function choices(): Storage | null {
	try {
		return typeof localStorage === 'undefined' ? null : localStorage;
	} catch {
		return null;
	}
}
