import type { TransferMapping } from '@vatevo/transfer';
import type { Format, Formats } from '../transfer/formats.ts';
import { readMapping } from './read-mapping.ts';

/**
 * Any SQLite file: tables and columns of the same name belong together, beyond what a mapping says.
 *
 * @param file of the mapping, if there is one
 */
export function anyFormat(file: string | undefined): Formats {
  return formatOf(file === undefined ? {} : readMapping(file));
}

/** The one format that a mapping makes. */
export function formatOf(mapping: TransferMapping): Formats {
  const format: Format = { name: 'own', mapping };
  return { recognise: () => format, back: format, returning: () => undefined };
}
