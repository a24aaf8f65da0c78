/** The bodies of contract/openapi.json by the names the vault uses. Bytes are base64url without padding, times Unix ms. */

export interface Person {
	pid: string;
	sign_pk: string;
	recv_pk: string;
	therapist: boolean;
	login: string | null;
	language: string;
	time_zone: string;
	own_space: string;
	record_kinds: number[];
}

export interface Me {
	person: Person | null;
	needs_set_up: boolean;
	relay: boolean;
	now: number;
	origin: string;
}

export interface Card {
	sign_pk: string;
	recv_pk: string;
}

export interface Founding {
	sid: string;
	frames: string[];
}

export interface KeyRecord {
	mid: string;
	kind: number;
	login: string;
	record: string;
}

export interface Method extends KeyRecord {
	login_secret: string;
}

export interface SetUpBody {
	token: string;
	name: string;
	language: string;
	time_zone: string;
	card: Card;
	own: Founding;
	method: Method;
}

export interface SpaceCount {
	sid: string;
	count: number;
	run: string;
}

export interface Entries {
	count: number;
	frames: string[];
	held: number[];
}

export interface Placed {
	seq: number;
	id: string;
}

export interface Invitation {
	iid: string;
	expires: number;
	state: 'open' | 'used' | 'revoked' | 'expired';
	used_at: number | null;
	space: string | null;
}

export interface Door {
	state: 'open' | 'used' | 'revoked' | 'expired';
	expires: number;
	used_at: number | null;
	record: string | null;
}

export interface JoinBody {
	card: Card;
	own: Founding;
	shared: { sid: string; frame: string };
	language: string;
	time_zone: string;
}

export interface Appointment {
	id: string;
	space: string;
	starts_at: number;
	minutes: number;
	way: 'video';
	label: string;
	state: 'planned' | 'cancelled' | 'ended';
	began_at: number | null;
	ended_at: number | null;
	waiting: { pid: string; since: number }[];
}

export interface AppointmentBody {
	id: string;
	space: string;
	starts_at: number;
	minutes: number;
	way: 'video';
	label: string;
}

export interface Relay {
	ice_servers: { urls: string | string[]; username?: string; credential?: string }[];
	relay: boolean;
}

/** What the socket says; it never carries more than happened. */
export type Push =
	| { what: 'entry'; space: string; seq: number; frame: string | null }
	| { what: 'signal'; space: string; frame: string }
	| { what: 'waiting'; appointment: string; pid: string; since: number | null }
	| { what: 'appointments' }
	| { what: 'invitations' }
	| { what: 'spaces' }
	| { what: 'pulse' };
