declare global {
	namespace App {
		interface PageState {
			/** In a session: what was written stands beside the call. */
			beside?: boolean;
		}
	}
}

export {};
