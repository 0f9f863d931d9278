/** What a column's declared type makes of a value that is stored in it; BLOB nothing. */
export type Affinity = 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC';

/** SQLite manual, Datatypes, 3.1: the first rule that fits decides. */
export function affinityOf(declared: string): Affinity {
  if (/int/i.test(declared)) return 'INTEGER';
  if (/char|clob|text/i.test(declared)) return 'TEXT';
  if (/blob/i.test(declared) || declared === '') return 'BLOB';
  return /real|floa|doub/i.test(declared) ? 'REAL' : 'NUMERIC';
}
