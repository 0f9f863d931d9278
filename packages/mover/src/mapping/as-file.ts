import type { TransferMapping } from '@vatevo/transfer';
import { mappingFile } from './mapping-file.ts';

/** A mapping as a file says it: options of the command line, which no file has, are decisions on columns there. */
export function asMappingFile({ decisions = {}, ...mapping }: TransferMapping): string {
  const { numericTimes = {}, columns = {}, ...others } = decisions;
  const times = Object.entries(numericTimes).map(([column, numbers]) => [column, { numbers }]);
  const file = {
    ...mapping,
    decisions: { ...others, columns: { ...Object.fromEntries(times), ...columns } },
  };
  return `${JSON.stringify(mappingFile.parse(file), null, 2)}\n`;
}
