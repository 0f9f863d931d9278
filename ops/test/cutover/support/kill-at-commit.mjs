// Preloaded into a command: kills it before (`n`) or after (`n+`) the n-th transaction in which it writes to a
// SQLite file is committed, counted from 0.
import { createRequire } from 'node:module';

const Database = createRequire(process.env.TEST_RESOLVE_FROM)('better-sqlite3');
const [, number, after] = /^(\d+)(\+?)$/.exec(process.env.TEST_KILL_AT_COMMIT);
const { exec } = Database.prototype;
let writing = false;
let seen = 0;

Database.prototype.exec = function (sql) {
  if (/^BEGIN (IMMEDIATE|EXCLUSIVE)$/.test(sql)) writing = true;
  const commits = sql === 'COMMIT' && writing;
  if (commits) writing = false;
  const last = commits && seen++ === Number(number);
  if (last && !after) die();
  const result = exec.call(this, sql);
  if (last) die();
  return result;
};

function die() {
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
