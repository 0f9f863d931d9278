const MASK = '***';

/**
 * The password of a URL, up to the last `@` before a blank or a quote: people forget to encode an `@`, `/`
 * or `?` in passwords. Hiding too much is the safe mistake.
 */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@"'`<>]*):[^\s"'`<>]*@/gi;

/** `password=…` of a libpq connection string, `PGPASSWORD=…` of a shell, `"password":"…"` of JSON. */
const NAMED_PASSWORD =
  /(password["']?\s*=\s*|password["']\s*:\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&}]+)/gi;

/** Secrets that came up while the program ran, such as tokens that stand for a password; the newest last. */
const learned = new Set<string>();
const MAX_LEARNED = 100;

/** Takes this secret out of every text from now on. */
export function learnSecret(secret: string): void {
  learned.delete(secret);
  learned.add(secret);
  const [oldest] = learned;
  if (learned.size > MAX_LEARNED && oldest !== undefined) learned.delete(oldest);
}

/**
 * Takes secrets out of a text: those that were learned, the secrets given, as they are and percent-encoded, the password of every URL,
 * and what is called a password.
 */
export function redact(text: string, secrets: readonly (string | undefined)[] = []): string {
  // The longest first: one may be a part of another.
  const forms = [...new Set([...learned, ...secrets].flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return forms.reduce(hide, text).replace(URL_PASSWORD, `$1:${MASK}@`).replace(NAMED_PASSWORD, `$1${MASK}`);
}

function formsOf(secret: string | undefined): string[] {
  if (!secret) return [];
  // Through a buffer: half a surrogate pair, which cannot be encoded, must not throw here.
  const encodable = Buffer.from(secret).toString();
  return [secret, encodeURIComponent(encodable), JSON.stringify(secret).slice(1, -1)];
}

function hide(text: string, secret: string): string {
  if (secret.length > 3) return text.replaceAll(secret, MASK);
  // A password such as "db" must not tear apart every word that contains it.
  const literal = secret.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu'), MASK);
}
