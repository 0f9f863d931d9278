import { createHash } from 'node:crypto';
import type { ColumnPlan, TablePlan } from '../plan/types.ts';
import { canonicalForm, type Stored } from './canonical.ts';
import { isOpen } from './digest-form.ts';
import { RowText } from './row-text.ts';
import { writeJson } from './write-json.ts';
import { writeTimestamp } from './write-timestamp.ts';

type Write = (stored: Stored) => void;

/** The function that digests a source row as the server must digest the target's; 32 characters, each a byte. */
export function rowDigester(table: TablePlan): (row: readonly Stored[]) => string {
  const text = new RowText(table.columns.filter((column) => isOpen(column.type)).length);
  const writers = table.columns.map((column) => columnWriter(column, text));
  return (row) => {
    text.begin();
    for (let i = 0; i < writers.length; i++) (writers[i] as Write)(row[i] as Stored);
    return text.digest();
  };
}

/** What is common is written straight from the stored value; the canonical form has the word on the rest. */
function columnWriter(column: ColumnPlan, text: RowText): Write {
  const open = isOpen(column.type);
  const form = canonicalForm(column);
  const others: Write = (stored) => {
    const printed = form(stored);
    if (printed === null) text.null(open);
    else text.value(printed, open);
  };
  if (column.derive) return others;
  switch (column.type.name) {
    case 'json':
    case 'jsonb':
      return (stored) => {
        if (typeof stored === 'string' && writeJson(stored, text)) text.end();
        else others(stored);
      };
    case 'timestamp':
    case 'timestamptz': {
      const withZone = column.type.name === 'timestamptz';
      return (stored) => {
        if (typeof stored === 'string' && writeTimestamp(stored, withZone, text)) text.end();
        else others(stored);
      };
    }
    case 'bytea':
      return (stored) => {
        if (stored instanceof Uint8Array) {
          text.value(createHash('sha256').update(stored).digest('hex'), open);
        } else others(stored);
      };
    default:
      return others;
  }
}
