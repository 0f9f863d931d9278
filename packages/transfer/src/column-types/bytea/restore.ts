import { isUtf8 } from 'node:buffer';
import { byClass } from '../restore/by-class.ts';
import type { Restore } from '../restore/types.ts';

const toBytes = (printed: string) => Buffer.from(printed, 'hex');

/** A text, where a decision took the bytes of such ones. */
const FORMS = byClass({
  blob: { store: toBytes },
  text: { store: (printed) => (isUtf8(toBytes(printed)) ? toBytes(printed).toString('utf8') : undefined) },
});

export const restoreBytea: Restore = {
  print: (column) => `encode(${column}, 'hex')`,
  bytes: (column) => `octet_length(${column})`,
  store: toBytes,
  forms: ({ decision }) => (decision?.texts === undefined ? undefined : FORMS),
};
