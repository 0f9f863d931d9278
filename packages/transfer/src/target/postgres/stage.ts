import type { Client } from 'pg';
import { refused, TransferError } from '../../errors.ts';
import type { TablePlan, TransferPlan } from '../../plan/types.ts';
import type { KeyedRows, Stage } from '../target.ts';
import { findBrokenRow } from './broken-row.ts';
import { brokenRule } from './broken-rule.ts';
import { copyRows } from './copy-rows.ts';
import { matchKeys, removeRows } from './match-keys.ts';
import { createStaged, insertStaged, removeStaged, type StagedTable } from './staged-table.ts';

/** Changes of a file on their way into the target, all of them applied in one go. */
export class PostgresStage implements Stage {
  readonly #client: Client;
  readonly #plan: TransferPlan;
  /** By the table's place in the plan: most changes are of few tables, and few enough to need no stage at all. */
  readonly #staged = new Map<number, StagedTable>();

  constructor(client: Client, plan: TransferPlan) {
    this.#client = client;
    this.#plan = plan;
  }

  /** Puts what one state of the file says of some keys, by the tables of the plan; later states replace it. */
  async add(read: readonly KeyedRows[]): Promise<void> {
    for (const [place, found] of read.entries()) {
      if (found.keys.length === 0 && found.rows === 0) continue;
      const { table, keys, rows } = await this.#of(place);
      await removeRows(this.#client, table, found.keys, rows);
      const { select, values } = matchKeys(table, found.keys);
      await this.#client.query(`INSERT INTO ${keys} ${select}`, values);
      await copyRows(this.#client, table, found, rows);
    }
  }

  /**
   * Makes the target what the stage and the last state that was read say.
   *
   * @throws TransferError `source-refused` for a row that breaks a rule of the target
   */
  async applyWith(last: readonly KeyedRows[]): Promise<void> {
    const client = this.#client;
    await client.query('SAVEPOINT apply');
    try {
      await this.#apply(last);
      await client.query('SET CONSTRAINTS ALL IMMEDIATE');
    } catch (error) {
      const broken = brokenRule(error, this.#plan.tables);
      if (broken === undefined) throw error;
      await client.query('ROLLBACK TO SAVEPOINT apply; SET CONSTRAINTS ALL DEFERRED');
      await this.add(last);
      const found = await findBrokenRow(client, this.#plan, [...this.#staged.values()], error);
      if (found) throw refused([found], { cause: error });
      // A row of a table that is not moved, which points to one that is gone: PostgreSQL names both.
      const { table, message } = error as { table?: string; message: string };
      throw new TransferError(
        'source-refused',
        `The changed rows break a rule of the target (${table}: ${message}; ${broken}): fix them, there or in the source, then run the same command again.`,
        { cause: error },
      );
    }
  }

  async #apply(last: readonly KeyedRows[]): Promise<void> {
    const client = this.#client;
    for (const [place, { keys }] of last.entries()) {
      const staged = this.#staged.get(place);
      if (staged) await removeRows(client, staged.table, keys, staged.rows);
    }
    // Of all tables before any row comes: then none of them holds on to a unique value.
    for (const staged of this.#staged.values()) await removeStaged(client, staged);
    for (const [place, { keys }] of last.entries()) await removeRows(client, this.#table(place), keys);
    for (const staged of this.#staged.values()) await insertStaged(client, staged);
    for (const [place, found] of last.entries()) await copyRows(client, this.#table(place), found);
  }

  #table(place: number): TablePlan {
    return this.#plan.tables[place] as TablePlan;
  }

  async #of(place: number): Promise<StagedTable> {
    const known = this.#staged.get(place);
    if (known) return known;
    const table = this.#table(place);
    const staged = await createStaged(this.#client, table, `${place}`);
    this.#staged.set(place, staged);
    return staged;
  }
}
