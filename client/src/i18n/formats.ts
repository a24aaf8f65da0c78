const kept = new Map<string, Intl.DateTimeFormat>();

/**
 * For a time in ms. A formatter takes longer to make than a whole thread takes to draw with it, so each is made once; by the offset of this device's clock
 * too, so that a device which travels gets others.
 */
export function formatFor(ms: number, tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const name = `${tag} ${new Date(ms).getTimezoneOffset()} ${JSON.stringify(options)}`;
	const format = kept.get(name) ?? new Intl.DateTimeFormat(tag, options);
	kept.set(name, format);
	return format;
}
