import { createHash } from 'node:crypto';

const OPEN = '<code id="page-checksum">';
const CLOSE = '</code>';
const SEALED = new RegExp(`${OPEN}([0-9a-f]{64})${CLOSE}`, 'g');

/** Where the checksum will stand: once in a page. Escaping keeps any value from looking like it. */
export const CHECKSUM_PLACE = OPEN + CLOSE;

/** What checks a page with the tools of any Unix system; prints the checksum. */
export const CHECK_COMMAND = `sed 's/${OPEN}[0-9a-f]*/${OPEN}/' page.html | sha256sum`;

/** Puts the SHA-256 of the page, its place being empty, into that place. */
export function seal(page: string): string {
  return page.replace(CHECKSUM_PLACE, OPEN + digest(page) + CLOSE);
}

/**
 * Tells whether a page is, byte for byte, what was written.
 *
 * This finds damage and careless edits. Whoever alters a page on purpose can compute a new checksum: against
 * that, keep the checksum somewhere else.
 *
 * @example verifyReportPage(await readFile('reports/transfer-1.html', 'utf8'))
 */
export function verifyReportPage(html: string): boolean {
  const [found, ...others] = html.matchAll(SEALED);
  if (found === undefined || others.length > 0) return false;
  return digest(html.replace(found[0], CHECKSUM_PLACE)) === found[1];
}

function digest(page: string): string {
  return createHash('sha256').update(page, 'utf8').digest('hex');
}
