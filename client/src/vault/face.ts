import type { Presence } from './presence.ts';
import type { LiveRoom } from './room.ts';
import { traceLeft } from './trace.ts';
import type { Me } from './types.ts';

const NOTHING: never[] = [];

/** What screens read of who is here, each by itself, so that a page runs again only for what it reads. */
export function fieldsOf(here: Presence) {
	const field = here.change.field.bind(here.change);
	const person = () => here.answer?.person ?? null;
	const every = (): LiveRoom[] => [...(here.open?.opened.rooms.values() ?? NOTHING)];
	const where = (fits: (room: LiveRoom) => boolean) => every().filter(fits).sort((a, b) => b.latestAt - a.latestAt);
	return {
		phase: field(() => here.phase),
		me: field(() => meOf(here)),
		login: field(() => here.row?.login ?? person()?.login ?? null),
		ways: field(() => here.row?.records.map(({ kind }) => kind) ?? person()?.record_kinds ?? NOTHING),
		lost: field(() => lost(here)),
		secondWayFirst: field(() => secondWayFirst(here)),
		signedOut: field(() => here.answer?.signed_out ?? false),
		online: field(() => navigator.onLine),
		reachable: field(() => here.caughtUp),
		needsSetUp: field(() => here.answer?.needs_set_up ?? null),
		demo: field(() => here.answer?.demo ?? false),
		relay: field(() => here.answer?.relay ?? false),
		clockOff: field(() => here.clockOff),
		alarms: field(() => here.open?.opened.alarms ?? NOTHING),
		every: field(every),
		rooms: field(() => where(({ judgement }) => judgement === 'accepted')),
		doubtful: field(() => where(({ judgement }) => !['accepted', 'judging', 'knock'].includes(judgement))),
		checking: field(() => where(({ judgement, progress }) => judgement === 'judging' && progress !== null)),
		invitations: field(() => here.open?.invitations.all ?? NOTHING)
	};
}

const SHEET = 2;

/** Somebody is invited, or came, and nothing but one passphrase opens the therapist's key. */
function secondWayFirst({ row, open }: Presence): boolean {
	if (!row?.therapist || !open || row.records.some(({ kind }) => kind === SHEET)) return false;
	return [...open.opened.own.invites.values()].some(({ state, expires }) => state === 2 || (state === 0 && expires > Date.now()));
}

/** Somebody was here, and what this browser kept of her is not. */
function lost({ row, answer, phase }: Presence): boolean {
	if (row || phase === 'starting' || traceLeft() === 'forgotten') return false;
	return (answer?.person ?? null) !== null || traceLeft() === 'here';
}

function meOf({ row, open }: Presence): Me | null {
	if (!row || !open) return null;
	const { pid, therapist, login, language, timeZone } = row;
	const said = open.opened.own.profile ?? { name: '', welcome: '', form: 0 };
	return { pid, therapist, login, language, timeZone, kept: row.records.length > 0, ...said };
}
