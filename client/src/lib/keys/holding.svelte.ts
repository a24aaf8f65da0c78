/** Whether the browser has promised not to clear what it keeps for this page; null where it does not say. */
const promise = $state<{ held: boolean | null }>({ held: null });

export const isHeld = (): boolean | null => promise.held;

/** Some browsers ask the person, some decide by themselves. */
export async function askToHold(): Promise<void> {
	promise.held = (await navigator.storage?.persist?.()) ?? null;
}

export async function lookWhetherHeld(): Promise<void> {
	promise.held = (await navigator.storage?.persisted?.()) ?? null;
}
