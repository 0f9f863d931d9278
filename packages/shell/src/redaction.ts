import { redact } from '@vatevo/connection/redact';

/** Shorter ones are too likely to be part of ordinary words. */
const SHORTEST_SECRET = 4;

/** How a URL is written in advice: "port" is no number, so this is nobody's password. */
const PLACEHOLDER = '//user:password@host:port/';

/**
 * Takes secrets out of text: the passwords of URLs always, and every secret
 * that was made known.
 *
 * It is the second line of defence: nothing prints a secret knowingly, but a
 * message of a library or a server may repeat one.
 */
export class Redactor {
  readonly #secrets = new Set<string>();

  /**
   * Makes a secret known, so that it is taken out of every text from now on.
   *
   * @param plain what has to stay readable. A password that is also the user's
   *   name cannot be told from it, and to blot it out would not hide it but
   *   say what it is.
   */
  add(secret: string | undefined, plain = ''): void {
    if (secret === undefined || secret.length < SHORTEST_SECRET || plain.includes(secret)) return;
    this.#secrets.add(secret);
  }

  /** Bound, so that it can be handed over as a function. */
  readonly clean = (text: string): string =>
    redact(text, [...this.#secrets]).replaceAll('//user:***@host:port/', PLACEHOLDER);
}
