/** Something the person has to know about; `code` is turned into words by the screen, `message` is for developers. */
export class Problem extends Error {
  readonly code: string;
  /** Unix ms from which another try makes sense. */
  readonly retryAt: number | null;

  constructor(code: string, message = code, retryAt: number | null = null) {
    super(message);
    this.name = 'Problem';
    this.code = code;
    this.retryAt = retryAt;
  }
}
