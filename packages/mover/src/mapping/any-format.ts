import type { Format, Formats } from '../transfer/formats.ts';
import { readMapping } from './read-mapping.ts';

/**
 * Any SQLite file: tables and columns of the same name belong together, beyond what a mapping says.
 *
 * @param file of the mapping, if there is one
 */
export function anyFormat(file: string | undefined): Formats {
  const format: Format = { name: 'own', mapping: file === undefined ? {} : readMapping(file) };
  return { recognise: () => format, back: format, returning: () => undefined };
}
