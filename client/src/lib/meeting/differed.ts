/** Calls in which somebody picked other words than were read: there is no second try in them. */
export const differed = new Set<string>();
