import type { Database } from 'better-sqlite3';
import type { FileLedger } from '../file/ledger.ts';
import type { StoredValue } from './values.ts';

/**
 * Rows, or keys, on their way into a file: a temporary table of its connection, on disk. So the file is locked for no longer
 * than it takes to write them, and memory does not grow with them.
 */
export class Stage {
  readonly #file: FileLedger;
  readonly #name: string;
  #isMade = false;

  /** @param name among the stages that there are at a time */
  constructor(file: FileLedger, name: string) {
    this.#file = file;
    this.#name = `vatevo_cutover_stage_${name}`;
  }

  get isEmpty(): boolean {
    return !this.#isMade;
  }

  add(rows: readonly (readonly StoredValue[])[]): void {
    const [first] = rows;
    if (first === undefined) return;
    this.#file.temporary((db) => {
      if (!this.#isMade)
        db.exec(`CREATE TEMP TABLE ${this.#name} (${first.map((_, i) => `v${i}`).join(', ')})`);
      const put = db.prepare(`INSERT INTO temp.${this.#name} VALUES (${first.map(() => '?').join(', ')})`);
      for (const row of rows) put.run(...row);
    });
    this.#isMade = true;
  }

  /** In the order in which they came. Something else may be written meanwhile where the driver was told that it may. */
  *rows(db: Database): Generator<readonly StoredValue[], void> {
    if (!this.#isMade) return;
    const rows = db.prepare(`SELECT * FROM temp.${this.#name} ORDER BY rowid`).raw().iterate();
    yield* rows as IterableIterator<readonly StoredValue[]>;
  }

  drop(): void {
    if (this.#isMade) this.#file.temporary((db) => db.exec(`DROP TABLE temp.${this.#name}`));
    this.#isMade = false;
  }
}

/** Works with a stage for each item, which are gone when it is done. @param what is staged, as a part of their names */
export async function withStages<Item, Result>(
  file: FileLedger,
  what: string,
  items: readonly Item[],
  work: (stages: ReadonlyMap<Item, Stage>) => Promise<Result>,
): Promise<Result> {
  const stages = new Map(items.map((item, i) => [item, new Stage(file, `${what}_${i}`)]));
  try {
    return await work(stages);
  } finally {
    for (const stage of stages.values()) stage.drop();
  }
}
