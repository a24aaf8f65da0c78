/** A room given back between two pages: what the keeper's device writes, and what the knocker's takes, from whom. */
import { expect, it } from 'vitest';
import { createEngine } from '#crypto/engine.ts';
import { foundByKnock } from './knocking.ts';
import { RoomsGivenBack } from './giving-back.ts';
import { Store } from './store.ts';
import { client, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer } from './tests/server.ts';

const DAY = 86_400_000;
let devices = 0;

async function knockAt(server: FakeServer, keeper: Page): Promise<{ page: Page; knock: string }> {
	const crypto = createEngine();
	await crypto.setOrigin('https://attune.example');
	const store = new Store(`knocker-${devices++}`);
	const card = (await keeper.crypto.me())!.card;
	const at = { link: 'x', startsAt: 0, minutes: 50, name: 'Noor', card };
	const row = await foundByKnock({ api: server.api({ pid: '' }), crypto, store }, at, { language: 'en', timeZone: 'UTC' });
	const { own, shared } = row.joining!.body as { own: { sid: string; frames: string[] }; shared: { sid: string; frames: string[] } };
	server.spaces.set(own.sid, { frames: own.frames, members: new Set([row.pid]) });
	server.spaces.set(shared.sid, { frames: shared.frames, members: new Set([row.pid, keeper.row.pid]) });
	const page = await openPage(server, { store, row: { ...row, joining: null }, root: await crypto.rootForDevice() });
	page.opened.sender.leads = true;
	return { page, knock: shared.sid };
}

async function scene() {
	const server = new FakeServer();
	const keeper = await therapist(server);
	const alma = await client(server, await inviteTo(keeper));
	await keeper.opened.catchUp();
	const room = roomOf(keeper);
	await until(() => room.judgement === 'accepted', 'the keeper takes the room');
	alma.kill();
	const { page, knock } = await knockAt(server, keeper);
	await keeper.opened.catchUp();
	await page.opened.catchUp();
	const giving = (clockOff: number): RoomsGivenBack =>
		new RoomsGivenBack({ api: server.api(keeper.row), crypto: keeper.crypto, opened: keeper.opened, pid: keeper.row.pid, clockOff: () => clockOff });
	const who = { knock, knocker: page.row.pid, chosen: alma.row.pid, held: true };
	return { server, keeper, alma, room, page, knock, giving, who };
}

type Scene = Awaited<ReturnType<typeof scene>>;

async function give({ server, keeper, room, page, knock, giving, who }: Scene): Promise<void> {
	await giving(2 * DAY).give(who);
	server.spaces.get(room.sid)?.members.add(page.row.pid);
	const said = () => keeper.opened.rooms.get(knock)?.log.entries.some((entry) => entry?.item?.kind === 'room') === true;
	await until(said, 'the room is named in the knock');
	await page.opened.catchUp();
}

it('is entered from whom the knocker compared, and read from now on', async () => {
	const on = await scene();
	const { keeper, room, page, knock, who } = on;
	expect([keeper.opened.rooms.get(knock)?.judgement, page.opened.rooms.get(knock)?.judgement]).toEqual(['knock', 'knock']);
	await give(on);
	expect(page.opened.rooms.get(knock)?.givenBack).toBe(null);
	expect(page.opened.rooms.get(room.sid)?.judgement).not.toBe('accepted');
	await page.opened.believe(knock, keeper.row.pid);
	expect(page.opened.rooms.get(knock)?.givenBack).toEqual({ sid: room.sid });
	expect(page.opened.rooms.get(room.sid)?.judgement).toBe('accepted');
	expect([room.other.pid, room.other.compared, room.past]).toEqual([who.knocker, null, 'shut']);
	const changes = room.log.entries.flatMap((entry) => entry?.change?.pastGiven ?? []);
	expect(changes).toEqual([]);
});

it('wrong-peer: nothing is entered on the word of anybody else', async () => {
	const on = await scene();
	await give(on);
	await on.page.opened.believe(on.knock, on.alma.row.pid);
	expect(on.page.opened.rooms.get(on.knock)?.givenBack).toEqual({ code: 'wrong-peer' });
	expect(on.page.opened.own.pins).toEqual([]);
	expect(on.page.opened.rooms.get(on.room.sid)?.judgement).not.toBe('accepted');
});

it('still-here: not while the old key has written within a day; and nothing is written then', async () => {
	const { giving, who, room } = await scene();
	const { count } = room.log;
	expect(await giving(0).hindrance(who)).toBe('still-here');
	await expect(giving(0).give(who)).rejects.toMatchObject({ code: 'still-here' });
	expect(room.log.count).toBe(count);
});

it('the past is not given before the new key was compared', async () => {
	const on = await scene();
	await give(on);
	await expect(on.giving(0).givePast(on.room.sid)).rejects.toMatchObject({ code: 'not-compared' });
});
