import type { Database } from 'better-sqlite3';
import type { TransferPlan } from '../../plan/types.ts';

/** By target table: the highest id that AUTOINCREMENT ever assigned, where the file remembers. */
export function readHighWaterMarks(db: Database, plan: TransferPlan): Map<string, bigint> {
  const remembers = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get();
  if (remembers === undefined) return new Map();
  const seq = db.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
  return new Map(
    plan.tables.flatMap((table) => {
      const highest = seq.get(table.source);
      return typeof highest === 'bigint' ? [[table.target.name, highest] as const] : [];
    }),
  );
}
