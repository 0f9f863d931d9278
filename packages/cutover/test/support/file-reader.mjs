// Reads a SQLite file: node file-reader.mjs FILE hold, in one transaction until it is told to end; or look, again and again,
// and says in the end which looks failed.
import Database from 'better-sqlite3';

const [, , file, how] = process.argv;
const db = new Database(file, { readonly: true, timeout: 1_000 });
const look = db.prepare('SELECT count(*) FROM t');
const failures = [];
let looks = 0;

const timer = how === 'look' ? setInterval(read, 5) : undefined;
if (how === 'hold') {
  db.exec('BEGIN');
  look.get();
}
process.once('message', () => {
  clearInterval(timer);
  process.send({ looks, failures }, () => process.exit(0));
});
process.send('reading');

function read() {
  try {
    look.get();
    looks++;
  } catch (error) {
    failures.push(error.message);
  }
}
