import type { Restore } from '../restore/types.ts';

export const restoreBytea: Restore = {
  print: (column) => `encode(${column}, 'hex')`,
  store: (printed) => Buffer.from(printed, 'hex'),
};
