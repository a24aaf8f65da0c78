/** Puts the reading place of keyboards and screen readers at the beginning of what is shown now. */
export function toMain(): void {
	document.getElementById('main')?.focus({ preventScroll: true });
}
