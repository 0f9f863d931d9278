// One process of a service that writes to a legacy file at a steady rate until it is told to stop, and then says how long
// each write took, in milliseconds: node writer.js FILE MILLISECONDS-BETWEEN-WRITES
import Database from 'better-sqlite3';

const [, , file = '', interval = ''] = process.argv;
const db = new Database(file, { timeout: 20_000 });
// How fast the disk is is not what is measured.
db.pragma('synchronous = OFF');
const rows = db.prepare('SELECT max(id) FROM webhook_events').pluck().get() as number;
const update = db.prepare('UPDATE webhook_events SET created_at = created_at WHERE id = ?');
const took: number[] = [];
let next = performance.now();

function write(): void {
  const began = performance.now();
  update.run(1 + Math.floor(Math.random() * rows));
  const ended = performance.now();
  took.push(ended - began);
  // Who is late does not catch up.
  next = Math.max(next + Number(interval), ended);
  timer = setTimeout(write, next - ended);
}

let timer = setTimeout(write, 0);
process.once('message', () => {
  clearTimeout(timer);
  process.send?.(took, () => process.disconnect());
});
process.send?.('writing');
