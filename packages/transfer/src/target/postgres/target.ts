import type { Client } from 'pg';
import { quoteQualified } from '../../quote.ts';
import type { Target } from '../target.ts';
import { readPostgresCatalog } from './catalog.ts';
import { readChecks } from './checks.ts';
import { readGenerated, readIndexes } from './computed.ts';
import { defer, validateConstraints } from './deferred.ts';
import { digestTarget } from './digest.ts';
import { discardRun } from './discard.ts';
import { finalize } from './finalize.ts';
import { refuseFullDisk } from './free-space.ts';
import { holdsRows } from './holds-rows.ts';
import { inTransaction } from './in-transaction.ts';
import { readServerKeys } from './keys.ts';
import {
  createLedger,
  findRun,
  insertAlterations,
  insertRun,
  readAlterations,
  readRanges,
  setState,
} from './ledger.ts';
import { load } from './load.ts';
import { lockTables, lockTransfer } from './lock.ts';
import { findObstacles } from './obstacles.ts';
import { withPages, withProbeTable } from './probe.ts';
import {
  createQuarantine,
  insertQuarantined,
  insertStoredRows,
  readQuarantined,
  readStoredRow,
  storedQuarantine,
} from './quarantine.ts';
import { digestPlaces, digestsBetween, digestsOf, eachRow, valuesOf } from './row-digests.ts';
import { rowsOntoSeeds, setSeedsAside } from './seeds.ts';
import { sequencesBehind, sequencesLeftAlone } from './sequences.ts';
import { restoreTriggers, silenceTriggers } from './silence.ts';
import { PostgresStage } from './stage.ts';
import { recordStructure } from './structure.ts';
import { refuseUnexpectedRows } from './unexpected-rows.ts';
import { structureChanges, verifyStructure } from './verify-structure.ts';

/** Opens a connection, each time a new one, with `TimeZone=UTC`. */
export type Connect = () => Promise<Client>;

/** A role's or database's own limits are meant for short queries; loading a table or building an index is none. */
const UNHURRIED = `
  SELECT set_config(name, '0', false) FROM pg_settings
  WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout',
                 'idle_in_transaction_session_timeout', 'idle_session_timeout')`;

/** The connections to one server, the first of which holds the lock of a run. They are closed together. */
export class Connections {
  readonly #connect: Connect;
  readonly #size: number;
  readonly #open: Client[] = [];
  #first: Promise<Client> | undefined;
  #all: Promise<[Client, ...Client[]]> | undefined;

  /** @param size how many there are at the most */
  constructor(connect: Connect, size: number) {
    this.#connect = connect;
    this.#size = size;
  }

  first(): Promise<Client> {
    this.#first ??= this.#another();
    return this.#first;
  }

  /** As many as there are readers of the source. */
  all(): Promise<[Client, ...Client[]]> {
    this.#all ??= this.#others();
    return this.#all;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((client) => client.end().catch(() => undefined)));
  }

  async #others(): Promise<[Client, ...Client[]]> {
    const first = await this.first();
    const others = await Promise.all(Array.from({ length: this.#size - 1 }, () => this.#another()));
    return [first, ...others];
  }

  async #another(): Promise<Client> {
    const client = await this.#connect();
    // A connection that is lost while idle says so by an event, which nobody may leave unheard; the next
    // query on it fails and tells.
    client.on('error', () => undefined);
    this.#open.push(client);
    await client.query(UNHURRIED);
    return client;
  }
}

/** PostgreSQL, as the pipeline knows it. */
export interface PostgresTarget extends Target<Client> {
  /** The connection that holds the lock of the run. */
  readonly client: Client;
  /** One for each reader, the client the first of them. */
  readonly clients: () => Promise<[Client, ...Client[]]>;
}

export async function openPostgres(connections: Connections, schema: string): Promise<PostgresTarget> {
  const client = await connections.first();
  const clients = () => connections.all();
  const clientOf: ClientOf = async (slot) => (slot === 0 ? client : ((await clients())[slot] as Client));
  return {
    schema,
    client,
    clients,
    lock: (waitMs) => lockTransfer(client, waitMs),
    transaction: (work) => inTransaction(client, 'BEGIN', work),
    applying: (work) => inTransaction(client, 'BEGIN; SET CONSTRAINTS ALL DEFERRED', work),
    catalog: async () => ({
      tables: await readPostgresCatalog(client, schema),
      checks: await readChecks(client, schema),
      keys: await readServerKeys(client, schema),
      generated: await readGenerated(client, schema),
      indexes: await readIndexes(client, schema),
    }),
    fitness: {
      obstacles: (plan) => findObstacles(client, plan),
      rowsOntoSeeds: (plan) => rowsOntoSeeds(client, plan),
      notes: (plan) => sequencesLeftAlone(client, plan),
    },
    ledger: ledgerIn(client),
    loader: loaderOf(client, clientOf),
    deferred: {
      validate: (plan) => validateConstraints(client, plan),
      defer: (runId, plan) => defer(client, runId, plan),
      restore: async (options) => finalize(await clients(), options),
    },
    probes: {
      use: (table, work) => withProbeTable(client, table, work),
      fitting: (table, work) => withPages(client, table, work),
    },
    digests: digestsIn(client, clients, clientOf),
    structure: {
      verify: (plan, toBeValidated) => verifyStructure(client, plan, toBeValidated),
      changes: () => structureChanges(client),
      sequencesBehind: (plan, highWaterMarks) => sequencesBehind(client, plan, highWaterMarks),
    },
  };
}

function ledgerIn(client: Client): PostgresTarget['ledger'] {
  return {
    create: async () => {
      await createLedger(client);
      await createQuarantine(client);
    },
    findRun: () => findRun(client),
    insertRun: (run) => insertRun(client, run),
    setState: (runId, state) => setState(client, runId, state),
    readRanges: (runId) => readRanges(client, runId),
    insertAlterations: (runId, found) => insertAlterations(client, runId, found),
    readAlterations: (runId) => readAlterations(client, runId),
    recordStructure: (runId, tables) => recordStructure(client, runId, tables),
    quarantine: async (runId, table, rows) => {
      const lines = rows.map(({ bad, place, rowid }) => ({ ...bad, place, rowid }));
      await insertQuarantined(client, runId, table, lines);
      await insertStoredRows(client, runId, table.target.name, rows);
    },
    readQuarantined: (runId) => readQuarantined(client, runId),
    readStoredRow: (runId, row) => readStoredRow(client, runId, row),
    storedQuarantine: (runId) => storedQuarantine(client, runId),
  };
}

/** One of the connections to load through, by the reader whose rows it takes. */
type ClientOf = (slot: number) => Promise<Client>;

function loaderOf(client: Client, clientOf: ClientOf): PostgresTarget['loader'] {
  return {
    refuseFullDisk: (needed, told) => refuseFullDisk(client, needed, told),
    lock: (tables) => lockTables(client, tables.map(quoteQualified)),
    holdsRows: (table) => holdsRows(client, table),
    setSeedsAside: (runId, tables) => setSeedsAside(client, runId, tables),
    silence: (runId, tables) => silenceTriggers(client, runId, tables),
    restoreTriggers: (runId) => restoreTriggers(client, runId),
    load: async (slot, table, rows, options) => load(await clientOf(slot), table, rows, options),
    stage: (plan) => new PostgresStage(client, plan),
    refuseUnexpectedRows: (run) => refuseUnexpectedRows(client, run),
    discard: (run) => discardRun(client, run),
  };
}

function digestsIn(
  client: Client,
  clients: PostgresTarget['clients'],
  clientOf: ClientOf,
): PostgresTarget['digests'] {
  return {
    tables: async (plan, onRows) => digestTarget(await clients(), plan, onRows),
    places: (table, places) => digestPlaces(client, table, places),
    eachRow: (table, suspected, visit) => eachRow(client, table, suspected, visit),
    between: async (slot, table, bounds) => digestsBetween(await clientOf(slot), table, bounds),
    of: async (slot, table, keys) => digestsOf(await clientOf(slot), table, keys),
    values: (table, key) => valuesOf(client, table, key),
  };
}
