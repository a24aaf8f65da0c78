/** The bodies of contract/openapi.json (schema.d.ts is made from it), by the names that the vault uses. Bytes are base64url, times Unix ms. */
import type { components } from './schema.d.ts';

type Schemas = components['schemas'];

export type Me = Schemas['Me'];
export type Person = Schemas['About'];
export type Card = Schemas['Card'];
export type Founding = Schemas['OwnSpace'];
export type KeyRecord = Schemas['Record'];
export type Method = Schemas['Method'];
export type NewRecord = Schemas['NewRecord'] & { mid: string };
export type SetUpBody = Schemas['SetUp'];
export type JoinBody = Schemas['Join'];
export type KnockBody = Schemas['Knock'];
export type KnockDoor = Schemas['KnockDoor'];
export type NewSpace = Schemas['SharedSpace'];
export type SpaceCount = Schemas['Standing'];
export type Entries = Schemas['Listing'];
export type Placed = Schemas['Place'];
export type AppointmentBody = Schemas['Plan'];
export type Relay = Schemas['Relay'];

type Standing = 'open' | 'used' | 'revoked' | 'expired';
export type Invitation = Schemas['Invitation'] & { state: Standing };
export type Door = Schemas['Door'] & { state: Standing };
export type Appointment = Schemas['Appointment'] & { way: 'video'; state: 'planned' | 'cancelled' | 'ended' };

/** What the socket says (contract/live.md); it never carries more than happened. */
export type Push =
	| { what: 'entry'; space: string; seq: number; frame: string | null }
	| { what: 'signals'; space: string; frames: string[] }
	| { what: 'waiting'; appointment: string; space: string; pid: string; since: number | null }
	| { what: 'appointments' }
	| { what: 'invitations' }
	| { what: 'spaces' }
	| { what: 'pulse' };
