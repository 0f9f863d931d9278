// A service that writes to a file without a pause until it is killed or fenced: node service.mjs FILE NAME
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';

const [, , file, name] = process.argv;
const db = new Database(file, { timeout: 30_000 });
db.pragma('synchronous = NORMAL');
const write = db.prepare('UPDATE t SET v = ? WHERE id = ?');
writeSync(1, 'writing\n');
for (let i = 1; ; i++) {
  try {
    write.run(`${name} ${i}`, 1 + Math.floor(Math.random() * 200));
  } catch (error) {
    if (!error.message.startsWith('vatevo_cutover_fence')) throw error;
    break;
  }
  await sleep(2);
}
