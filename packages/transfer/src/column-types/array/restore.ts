import { JSON_WRITERS, jsonForms } from '../restore/json-text.ts';
import type { Forms, Restore } from '../restore/types.ts';

const FORMS: Forms = {
  byClass: false,
  of: (stored) => (typeof stored === 'string' ? jsonForms(stored) : []),
  writer: (form) => {
    const write = Object.hasOwn(JSON_WRITERS, form) ? JSON_WRITERS[form] : undefined;
    return write && { store: write };
  },
};

/** As JSON. */
export const restoreArray: Restore = {
  print: (column) => `array_to_json(${column})::text`,
  store: (printed) => printed,
  forms: () => FORMS,
};
