/** A recovery code as people write it: pure, for the page too. */

/** Characters of a whole code. */
export const SIGNS = 28;

const arabicDigit = (sign: string): string => String((sign.codePointAt(0) ?? 0) % 16);

/** As a hand writes it, to the one form: capitals; O is 0; I and L are 1; Arabic digits; no spaces or hyphens. */
export function foldCode(typed: string): string {
  const digits = typed.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, arabicDigit);
  return digits.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1').replace(/[\s\-\u2010-\u2015\u2212]/g, '');
}
