/** Which greeting fits the hour of this device; nothing cheerful in the small hours. */
export function greeting(ms: number): 'morning' | 'day' | 'evening' | 'night' {
	const hour = new Date(ms).getHours();
	if (hour < 5 || hour >= 23) return 'night';
	if (hour < 12) return 'morning';
	return hour < 18 ? 'day' : 'evening';
}
