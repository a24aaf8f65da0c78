export interface Appointment {
	id: string;
	/** sid of the room. */
	space: string;
	starts_at: number;
	minutes: number;
	way: 'video';
	label: string;
	state: 'planned' | 'cancelled' | 'ended';
	began_at: number | null;
	ended_at: number | null;
	/** `space`: the door at which this person waits. */
	waiting: { pid: string; since: number; space: string }[];
	/** The keeper's alone: what whoever lost her key comes by, and the spaces of those who came. */
	link: string | null;
	knocks: string[];
}

export interface Relay {
	ice_servers: { urls: string | string[]; username?: string; credential?: string }[];
	relay: boolean;
}

export interface Appointments {
	/** All of mine from 30 days ago on, by start; kept here, so also there offline. `listed`: by the server, since this page was opened. */
	readonly all: readonly Appointment[];
	readonly listed: boolean;
	plan(plan: { room: string; startsAt: number; minutes: number; label: string }): Promise<Appointment>;
	cancel(id: string): Promise<void>;
	/** A link as it is read out: seven groups of four. */
	spoken(link: string): Promise<string[]>;
	/** Says once that I am here; the waiting room repeats it every 10 s. */
	here(id: string): Promise<void>;
	away(id: string): Promise<void>;
	relay(id: string): Promise<Relay>;
	began(id: string): Promise<void>;
	ended(id: string): Promise<void>;
}
