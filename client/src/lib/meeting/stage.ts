import type { SessionView } from '#rtc/session.ts';
import type { Appointment, Room } from '#vault/index.ts';
import { season } from './time.ts';

export type Stage = 'opening' | 'elsewhere' | 'stopped' | 'early' | 'late' | 'cancelled' | 'over' | 'left' | 'swapped' | 'differ' | 'door' | 'call';

interface Moment {
	session: Pick<Appointment, 'state' | 'starts_at' | 'minutes'>;
	room: Pick<Room, 'checked'> | null;
	/** Null before the waiting room was entered. */
	view: { phase: SessionView['phase']; ending: SessionView['ending'] } | null;
	/** Unix ms by the server's clock. */
	now: number;
}

/** Where in the session a person stands. What the server says of the appointment never ends a call that is heard. */
export function stageOf({ session, room, view, now }: Moment): Stage {
	if (view?.ending) return view.ending === 'ended' ? 'over' : view.ending;
	if (view && ['joining', 'live', 'quiet'].includes(view.phase)) return 'call';
	if (session.state !== 'planned') return session.state === 'ended' ? 'over' : 'cancelled';
	const when = season(session, now);
	if (when !== 'open') return when;
	if (room?.checked === 'stopped') return 'stopped';
	return view || room?.checked === 'whole' ? 'door' : 'opening';
}
