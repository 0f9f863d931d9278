// Reaches the source that its argument names, under the account that it is started with, and says what came of it.
import { openSource, reachSource } from '@vatevo/transfer';

try {
  const reached = reachSource(process.argv[2]);
  const rows = openSource(reached.file).prepare('SELECT count(*) FROM t').pluck().get();
  console.log(JSON.stringify({ rows: Number(rows), isCopy: reached.isCopy }));
  reached.release();
} catch (error) {
  console.log(JSON.stringify({ kind: error.kind, message: error.message }));
}
