/** What stands behind the # of these links is a secret. */
const DOORS = ['i', 'r', 'set-up'];

let held = $state('');

function take(): void {
	const door = location.pathname.split('/').at(-1) ?? '';
	if (location.hash.length < 2 || !DOORS.includes(door)) return;
	held = location.hash.slice(1);
	history.replaceState(history.state, '', location.pathname + location.search);
}

/** Before anything else runs: out of the address, and so of the browser's history; from here on it is in this page's memory alone. */
export function takeFragments(): void {
	take();
	addEventListener('hashchange', take);
}

/** Without #. */
export const fragment = (): string => held;

/** Loads the page anew, as the link was followed. */
export function followAgain(): void {
	history.replaceState(history.state, '', `#${held}`);
	location.reload();
}
