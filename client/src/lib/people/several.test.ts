import { beforeEach, expect, test, vi } from 'vitest';
import type { Invitation, Vault } from '#vault/index.ts';
import type { Several as Face } from './several.svelte.ts';

// Runes as plain values: nothing is drawn here.
vi.stubGlobal('$state', Object.assign((value: unknown) => value, { raw: (value: unknown) => value }));
vi.mock('#i18n/problem.svelte.ts', () => ({ sayProblem: () => 'why' }));
vi.mock('#i18n/words.svelte.ts', () => ({ area: () => (key: string) => key }));

/** A vault that makes links, and stops making them when it is told to. */
class Maker implements Pick<Vault, 'invite' | 'invitations' | 'online' | 'keepDraft' | 'recallDraft'> {
	online = true;
	invitations: Invitation[] = [];
	kept = new Map<string, unknown>();
	fails: string | null = null;

	async invite({ name, days }: { name: string; days: number }) {
		if (name === this.fails) throw Object.assign(new Error(name), { code: 'throttled', retryAt: 0 });
		const iid = `iid-${this.invitations.length}`;
		const made = { iid, expires: days, link: `link-${name}` };
		this.invitations = [...this.invitations, { ...made, name, state: 'open', usedAt: null, sid: null }];
		return made;
	}
	async keepDraft(name: string, value: unknown) {
		this.kept.set(name, value);
	}
	async recallDraft<T>(name: string) {
		return (this.kept.get(name) ?? null) as T | null;
	}
}

const { Several } = await import('./several.svelte.ts');

let maker: Maker;
let several: Face;
beforeEach(() => {
	maker = new Maker();
	several = new Several(maker);
});
const names = (): string[] => maker.invitations.map(({ name }) => name);

test('a link each, in the order of the list, which is empty then', async () => {
	several.text = 'Alma\nJo\nAlma\n';
	await several.run();
	expect(names()).toEqual(['Alma', 'Jo']);
	expect(several.made.map(({ link }) => link)).toEqual(['link-Alma', 'link-Jo']);
	expect(several.text.trim()).toBe('');
});

test('one that fails in the middle ends it: what is made is below, she and the rest are still in the list', async () => {
	several.text = 'Alma\nJo\nRobin';
	maker.fails = 'Jo';
	await several.run();
	expect(names()).toEqual(['Alma']);
	expect(several.text).toBe('Jo\nRobin');
	expect(several.fault?.()).toBe('several_stopped');
	expect(several.busy).toBe(false);
	maker.fails = null;
	await several.run();
	expect(names()).toEqual(['Alma', 'Jo', 'Robin']);
});

test('a page that goes in the middle: the next one has what was made and what is left, and makes nobody’s twice', async () => {
	several.text = 'Alma\nJo\nRobin';
	maker.fails = 'Robin';
	await several.run();
	const next = new Several(maker);
	await next.recall();
	expect(next.text).toBe('Robin');
	expect(next.made.map(({ name }) => name)).toEqual(['Alma', 'Jo']);
	// Even a page that died between the link and the list: her name is still there, and so is her open invitation.
	next.text = 'Jo\nRobin';
	expect(next.names).toMatchObject({ take: ['Robin'], open: ['Jo'] });
});

test('stopped: the one under way is finished, nothing after it', async () => {
	several.text = 'Alma\nJo';
	const invite = maker.invite.bind(maker);
	maker.invite = async (who) => (several.stop(), invite(who));
	await several.run();
	expect(names()).toEqual(['Alma']);
	expect(several.text).toBe('Jo');
	expect(several.fault).toBeNull();
});

test('offline nothing is begun, and the list stays', async () => {
	maker.online = false;
	several.text = 'Alma';
	await several.run();
	expect(names()).toEqual([]);
	expect(several.text).toBe('Alma');
	expect(several.fault).not.toBeNull();
});
