import { closeSync, openSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';

const PAGE_SIZE = 512;
const RESERVED = 8;

/** Pages whose last bytes belong to an extension, as encrypting and checksumming ones write them. */
export function make(file: string): void {
  const empty = new Database(file);
  empty.exec(`PRAGMA page_size = ${PAGE_SIZE}; PRAGMA auto_vacuum = FULL; VACUUM`);
  empty.close();
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Uint8Array.of(RESERVED), 0, 1, 20);
  // Where the content of the first page begins, which has none.
  const end = PAGE_SIZE - RESERVED;
  writeSync(descriptor, Uint8Array.of(end >> 8, end & 0xff), 0, 2, 105);
  closeSync(descriptor);
  const db = new Database(file);
  db.exec(`
    CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, b BLOB, r REAL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000)
      INSERT INTO t SELECT i, printf('%.*c', i%3000, 'x'), zeroblob(i%1700), i FROM n;
    INSERT INTO t VALUES (6000,'z',NULL,9007199254740992.0), (6001,'z',NULL,-3.0), (6002,'z',NULL,1e15),
      (6003,'z',NULL,9e999), (6004,'z',NULL,-0.0)`);
  db.close();
}
