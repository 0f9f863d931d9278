// One process of a service that writes at a steady rate until it is told to stop, or fenced, and then says when each
// write began and how long it took: node steady-writer.mjs FILE MILLISECONDS
import Database from 'better-sqlite3';

const [, , file, interval] = process.argv;
const db = new Database(file, { timeout: 5_000 });
// How fast the disk is is not what is tried.
db.pragma('synchronous = OFF');
const rows = db.prepare('SELECT max(id) FROM t').pluck().get();
const update = db.prepare('UPDATE t SET v = ? WHERE id = ?');
const insert = db.prepare('INSERT INTO t (v) VALUES (?)');
const value = 'v'.repeat(300);
const writes = [];
const failures = [];

let next = performance.now() + Math.random() * Number(interval);
let timer = setTimeout(write, next - performance.now());
process.once('message', () => {
  clearTimeout(timer);
  process.send({ writes, failures }, () => process.disconnect());
});
process.send('writing');

function write() {
  const at = Date.now();
  const began = performance.now();
  try {
    if (writes.length % 4 === 0) insert.run(value);
    else update.run(`${value}${writes.length}`, 1 + Math.floor(Math.random() * rows));
  } catch (error) {
    if (error.message.startsWith('vatevo_cutover_fence')) return;
    failures.push(error.message);
  }
  const ended = performance.now();
  writes.push([at, ended - began]);
  // Who is late does not catch up.
  next = Math.max(next + Number(interval), ended);
  timer = setTimeout(write, next - ended);
}
