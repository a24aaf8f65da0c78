import { ask } from './http.ts';
import type * as t from './types.ts';

export type * from './types.ts';
export { Refusal } from './http.ts';

const space = (sid: string): string => `/api/spaces/${sid}`;
const appointment = (id: string): string => `/api/appointments/${id}`;

/** Every door of the server, once. */
export const api = {
	me: () => ask<t.Me>('GET', '/api/me'),
	saveMe: (change: { language?: string; time_zone?: string }) => ask<t.Person>('PATCH', '/api/me', change),
	setUp: (body: t.SetUpBody) => ask<t.Person>('POST', '/api/set-up', body),

	signInNonce: () => ask<{ nonce: string }>('GET', '/api/sign-in'),
	signIn: (proof: { pid: string; signature: string }) => ask<t.Person>('POST', '/api/sign-in', proof),
	logIn: (login: string, secret: string) => ask<unknown>('POST', '/_allauth/browser/v1/auth/login', { username: login, password: secret }),
	logOut: () => ask<unknown>('DELETE', '/_allauth/browser/v1/auth/session'),

	records: () => ask<t.KeyRecord[]>('GET', '/api/records'),
	putRecord: ({ mid, ...method }: Omit<t.NewRecord, 'replaces'> & { replaces?: string[] }) => ask<unknown>('PUT', `/api/records/${mid}`, method),
	removeRecord: (mid: string) => ask<null>('DELETE', `/api/records/${mid}`),
	otherSessions: () => ask<{ count: number }>('GET', '/api/other-sessions'),
	endOtherSessions: () => ask<null>('DELETE', '/api/other-sessions'),
	putShare: (share: string) => ask<unknown>('PUT', '/api/resume', { share }),
	share: () => ask<{ share: string | null }>('GET', '/api/resume'),
	dropShare: () => ask<null>('DELETE', '/api/resume'),

	spaces: () => ask<t.SpaceCount[]>('GET', '/api/spaces'),
	foundSpace: (body: t.NewSpace) => ask<t.SpaceCount>('POST', '/api/spaces', body),
	/** What stands after a place, at most so many; what was said in the talk before `textsFrom` comes bare. */
	entries: (sid: string, { after, most, textsFrom }: { after: number; most: number; textsFrom: number }) =>
		ask<t.Entries>('GET', `${space(sid)}/entries?after=${after}&most=${most}&texts_from=${textsFrom}`),
	append: (sid: string, frame: string) => ask<t.Placed>('POST', `${space(sid)}/entries`, { frame }),
	signal: (sid: string, frames: string[]) => ask<unknown>('POST', `${space(sid)}/signals`, { frames }),

	invite: (body: { iid: string; record: string; expires: number }) => ask<t.Invitation>('POST', '/api/invitations', body),
	invitations: () => ask<t.Invitation[]>('GET', '/api/invitations'),
	revoke: (iid: string) => ask<t.Invitation>('POST', `/api/invitations/${iid}/revoke`),
	door: (iid: string) => ask<t.Door>('GET', `/api/invitations/${iid}/door`),
	join: (iid: string, body: t.JoinBody) => ask<t.Person>('POST', `/api/invitations/${iid}/join`, body),

	lookAtKnock: (link: string) => ask<t.KnockDoor>('POST', '/api/knocks/door', { link }),
	knock: (body: t.KnockBody) => ask<t.Person>('POST', '/api/knocks', body),

	appointments: () => ask<t.Appointment[]>('GET', '/api/appointments'),
	plan: (body: t.AppointmentBody) => ask<t.Appointment>('POST', '/api/appointments', body),
	cancel: (id: string) => ask<t.Appointment>('POST', `${appointment(id)}/cancel`),
	here: (id: string) => ask<unknown>('PUT', `${appointment(id)}/here`),
	away: (id: string) => ask<unknown>('DELETE', `${appointment(id)}/here`),
	began: (id: string) => ask<unknown>('POST', `${appointment(id)}/began`),
	ended: (id: string) => ask<unknown>('POST', `${appointment(id)}/ended`),
	relay: (id: string) => ask<t.Relay>('GET', `${appointment(id)}/relay`)
};

export type Api = typeof api;
