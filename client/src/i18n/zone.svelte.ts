import { area, knows, type Key } from './words.svelte.ts';

const t = area('zones');

/** A zone as people say it: its city, in the page's language where we know it, else as the zone is written ("Europe/Tallinn" → "Tallinn"). Needs the area `zones`. */
export function city(zone: string): string {
	return knows('zones', zone) ? t(zone as Key<'zones'>) : (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}
