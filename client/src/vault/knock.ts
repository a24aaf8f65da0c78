/** What screens see of a knock, and of giving a room back in it. */
import type { KnockWords } from '#crypto/types.ts';

/** An appointment's link that was looked at. All of it is the server's word. */
export interface Knock {
	link: string;
	startsAt: number;
	minutes: number;
	/** The therapist's public name. */
	name: string;
	card: { sign_pk: Uint8Array<ArrayBuffer>; recv_pk: Uint8Array<ArrayBuffer> };
}

/** What two read to each other, and the four rows among which one picks what was heard. */
export type Words = KnockWords;

/** What became of a room that was promised in a knock: entered, or why not (`wrong-peer`, `wrong-room`). */
export type GivenBack = { sid: string } | { code: string };

/** Who is in the call of a knock, and whom the keeper has picked. */
export interface WhoInTheCall {
	/** sid of the knock's space. */
	knock: string;
	knocker: string;
	/** pid of one of the keeper's own contacts. */
	chosen: string;
	/** The line is held to what was signed in this call, as measured just now. */
	held: boolean;
}

export interface GivingBack {
	/** Why the room is not given back (protocol.md 6, Knock); null: nothing stands against it. */
	hindrance(who: WhoInTheCall): Promise<string | null>;
	/** Makes the knocker the successor of the chosen one, from now on. Throws Problem with a code of `hindrance`. */
	give(who: WhoInTheCall): Promise<void>;
	/** The knocker's own pick was right. */
	believe(knock: string, pid: string): Promise<void>;
	/** Gives a compared successor what was said before. */
	givePast(sid: string): Promise<void>;
}
