const DAY = 24 * 3_600_000;

/** Whole days from today to that day, by this device's calendar: 0 today, 1 tomorrow, -1 yesterday. Summer time does not move it. */
export function daysFromNow(ms: number, now: number = Date.now()): number {
	const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
	return Math.round((midnight(ms) - midnight(now)) / DAY);
}

export function hourOfDay(ms: number): number {
	return new Date(ms).getHours();
}

export function yearOf(ms: number): number {
	return new Date(ms).getFullYear();
}
