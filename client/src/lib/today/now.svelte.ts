/** The present moment, by the server's clock, read anew every few seconds while somebody looks. */
export function present(clockOff: () => number, every = 5_000): { readonly ms: number } {
	let tick = $state(Date.now());
	$effect(() => {
		const timer = setInterval(() => (tick = Date.now()), every);
		return () => clearInterval(timer);
	});
	return {
		get ms() {
			return tick + clockOff();
		}
	};
}
