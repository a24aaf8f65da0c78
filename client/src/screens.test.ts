import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import screens from './screens.json' with { type: 'json' };

const routes = readdirSync(new URL('./routes', import.meta.url), { recursive: true, encoding: 'utf8' })
	.filter((path) => path.endsWith('+page.svelte'))
	.map((path) => `/${dirname(path)}`);

test('every route folder is on the list of screens, so that no test can forget it', () => {
	const listed = new Set(screens.map((screen) => screen.route));
	expect(routes.filter((route) => !listed.has(route))).toEqual([]);
});

test('the list names nothing that does not exist, and nothing twice', () => {
	expect(screens.filter(({ route }) => route !== 'error' && !routes.includes(route))).toEqual([]);
	expect(new Set(screens.map(({ name }) => name)).size).toBe(screens.length);
	expect(screens.every(({ who }) => ['nobody', 'client', 'therapist'].includes(who))).toBe(true);
});
