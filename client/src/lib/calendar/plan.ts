/** A day and a time as the fields give them (`2026-10-15`, `18:30`), on this device's clock, in Unix ms; NaN while one is missing. */
export function startOf(day: string, time: string): number {
	return new Date(`${day}T${time}`).getTime();
}

/** The coming full hour, an hour from now at least, as the fields want it. */
export function suggestion(now: number): { day: string; time: string } {
	const next = new Date(now + 2 * 3_600_000);
	next.setMinutes(0, 0, 0);
	const two = (n: number): string => String(n).padStart(2, '0');
	return { day: `${next.getFullYear()}-${two(next.getMonth() + 1)}-${two(next.getDate())}`, time: `${two(next.getHours())}:${two(next.getMinutes())}` };
}
