// A service that writes to a file at a steady rate until it is fenced, and then says what was acknowledged and
// how long each write took: node writer.mjs FILE MILLISECONDS
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';

const [, , file, pause] = process.argv;
const db = new Database(file, { timeout: 30_000 });
const acknowledged = { inserted: [], updated: {}, deleted: [] };
const took = [];
writeSync(1, 'writing\n');
for (let i = 1; ; i++) {
  const id = 1_000_000 + i;
  const at = performance.now();
  try {
    if (i % 4 === 0) {
      db.prepare('DELETE FROM t WHERE id = ?').run(i);
      acknowledged.deleted.push(i);
    } else if (i % 2 === 0) {
      db.prepare('INSERT INTO t (id, v, u) VALUES (?, ?, ?)').run(id, `new ${i}`, `new ${i}`);
      acknowledged.inserted.push(id);
    } else {
      db.prepare('UPDATE t SET v = ? WHERE id = ?').run(`changed ${i}`, i);
      acknowledged.updated[i] = `changed ${i}`;
    }
  } catch (error) {
    if (!error.message.startsWith('vatevo_cutover_fence')) throw error;
    break;
  }
  took.push({ at: Date.now(), ms: performance.now() - at });
  await sleep(Number(pause));
}
took.sort((a, b) => b.ms - a.ms);
writeSync(1, `${JSON.stringify({ acknowledged, writes: took.length, worst: took.slice(0, 5) })}\n`);
