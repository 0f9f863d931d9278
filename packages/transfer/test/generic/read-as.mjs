// Reaches the source that its argument names, under the account that it is started with, and says what came of it.
import { openSource, readableSource } from '@vatevo/transfer';

try {
  const readable = readableSource(process.argv[2]);
  const rows = openSource(readable.file).prepare('SELECT count(*) FROM t').pluck().get();
  console.log(JSON.stringify({ rows: Number(rows), isCopy: readable.isCopy }));
  readable.release();
} catch (error) {
  console.log(JSON.stringify({ kind: error.kind, message: error.message }));
}
