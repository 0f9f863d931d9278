import { sample } from './paths.ts';
import { quoteForShell } from './shell-quote.ts';
import type { Specimen } from './specimen.ts';

/**
 * What to try while the API runs, line by line.
 *
 * Only the bundled sample's key is shown: it opens nothing but this demo. A key out of somebody's own file
 * may be in use, and a terminal is no place for it.
 */
export function invitation(url: string, source: string, specimen: Specimen | undefined): string[] {
  return [
    'Try it:',
    `  ${url}/health      the process`,
    `  ${url}/health/db   its database`,
    ...calls(url, source, specimen).map((line) => `  ${line}`),
  ];
}

function calls(url: string, source: string, specimen: Specimen | undefined): string[] {
  if (!specimen) return [];
  const { apiKey, invoice, invoices, tenant } = specimen;
  if (apiKey === undefined) {
    return [
      `Calls need the API key of a tenant; the file holds only hashes of them. ${tenant}'s key works as before.`,
    ];
  }
  const key = source === sample ? apiKey : `<the key of ${tenant}>`;
  const authorization = quoteForShell(`Authorization: Bearer ${key}`);
  return [
    `curl -H ${authorization} ${quoteForShell(`${url}/invoices/${invoice.id}`)}`,
    `curl -H ${authorization} ${quoteForShell(`${url}/invoices?limit=5`)}`,
    `  (${tenant}, ${invoices} invoices; the key is the one it held before the move)`,
  ];
}
