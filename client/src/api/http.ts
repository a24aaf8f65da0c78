/** The server said no, or could not be reached (`code` unreachable, `status` 0). */
export class Refusal extends Error {
	readonly code: string;
	readonly status: number;
	/** Unix ms from which another try makes sense. */
	readonly retryAt: number | null;

	constructor(code: string, status: number, message: string, retryAt: number | null = null) {
		super(message);
		this.name = 'Refusal';
		this.code = code;
		this.status = status;
		this.retryAt = retryAt;
	}

	/** Nothing was decided: the same bytes may be sent again. */
	get passing(): boolean {
		return this.status === 0 || this.status === 429 || this.status >= 500;
	}
}

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const PATIENCE = 20_000;

/** Asks the server; `path` is absolute. Resolves with the JSON answer (null for an empty one). Throws Refusal. */
export async function ask<T>(verb: Verb, path: string, body?: unknown): Promise<T> {
	const answer = await reach(verb, path, body);
	if (!answer.ok) throw await refusal(answer);
	const said = await textOf(answer);
	return (said === '' ? null : JSON.parse(said)) as T;
}

async function reach(verb: Verb, path: string, body: unknown): Promise<Response> {
	const headers: Record<string, string> = { Accept: 'application/json' };
	if (body !== undefined) headers['Content-Type'] = 'application/json';
	if (verb !== 'GET') headers['X-CSRFToken'] = csrfToken();
	try {
		return await fetch(path, {
			method: verb,
			headers,
			credentials: 'same-origin',
			cache: 'no-store',
			signal: AbortSignal.timeout(PATIENCE),
			...(body === undefined ? {} : { body: JSON.stringify(body) })
		});
	} catch (cause) {
		throw new Refusal('unreachable', 0, `${verb} ${path}: ${String(cause)}`);
	}
}

/** An answer that breaks off in the middle is none. */
async function textOf(answer: Response): Promise<string> {
	try {
		return await answer.text();
	} catch (cause) {
		throw new Refusal('unreachable', 0, `${answer.url} broke off: ${String(cause)}`);
	}
}

async function refusal(answer: Response): Promise<Refusal> {
	const said = (await answer.json().catch(() => ({}))) as {
		code?: string;
		message?: string;
		retry_at?: number;
		errors?: { code: string }[];
	};
	const code = said.code ?? said.errors?.[0]?.code ?? `http-${answer.status}`;
	return new Refusal(code, answer.status, said.message ?? answer.statusText, said.retry_at ?? null);
}

// Logging in rotates it, so it is read for each request.
function csrfToken(): string {
	return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? '';
}
