import { FILE_STATES, SERVER_STATES } from '@vatevo/cutover-state';
import type { DatabaseState, StateReading } from '@vatevo/db';
import { Gauge, type Registry } from 'prom-client';

const CUTOVER_STATES = new Set([...FILE_STATES, ...SERVER_STATES.slice(1), 'unknown']);

/** The states that a transfer passes through; others that a ledger holds are told too. */
const TRANSFER_STATES = ['copying', 'settling', 'verifying', 'complete'];

/**
 * What has to be asked of the database: whether it is up, its migrations, transfers, cutover and ids.
 *
 * @param read answers in bounded time whatever the database does
 * @returns refreshes the gauges; without an answer, those that tell of what is in the database are left out,
 *   since an old value would look like a new one
 */
export function stateMetrics(registry: Registry, read: () => Promise<StateReading>): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({
    name: 'vatevo_database_up',
    help: '1 when the database answered a query within 3 s, else 0.',
    registers,
  });
  const latency = new Gauge({
    name: 'vatevo_database_latency_seconds',
    help: 'Seconds to connect and ask for the state.',
    registers,
  });
  const migrations = new Gauge({
    name: 'vatevo_migrations',
    help: 'Migrations by how they stand: applied, pending, failed, edited, unknown (of a newer release).',
    labelNames: ['state'],
    registers,
  });
  const transfers = new Gauge({
    name: 'vatevo_transfers',
    help: 'Transfers into this database by state; all but complete are unfinished.',
    labelNames: ['state'],
    registers,
  });
  const cutover = new Gauge({
    name: 'vatevo_cutover_state',
    help: `1 for the state of the cutover that this database takes part in, else 0: SQLite is ${FILE_STATES.join(', ')}, PostgreSQL ${SERVER_STATES.slice(1).join(', ')}; either is unknown when a later release has to tell.`,
    labelNames: ['state'],
    registers,
  });
  const highest = new Gauge({
    name: 'vatevo_identity_highest',
    help: 'The highest id that was ever assigned.',
    labelNames: ['table'],
    registers,
  });
  const limit = new Gauge({
    name: 'vatevo_identity_limit',
    help: 'The highest id that the column can hold.',
    labelNames: ['table'],
    registers,
  });

  const show = (state: DatabaseState) => {
    for (const [name, count] of Object.entries(state.migrations ?? {}))
      migrations.set({ state: name }, count);
    if (state.transfers) {
      for (const name of TRANSFER_STATES) transfers.set({ state: name }, 0);
      for (const [name, count] of Object.entries(state.transfers)) transfers.set({ state: name }, count);
    }
    for (const name of CUTOVER_STATES) cutover.set({ state: name }, name === state.cutover ? 1 : 0);
    for (const identity of state.identities) {
      highest.set({ table: identity.table }, identity.highest);
      limit.set({ table: identity.table }, identity.limit);
    }
  };

  return async () => {
    const reading = await read();
    for (const gauge of [latency, migrations, transfers, cutover, highest, limit]) gauge.reset();
    up.set(reading.ok ? 1 : 0);
    // A gauge without labels comes back as 0 from its reset, which would look like a very fast database.
    if (!reading.ok) latency.remove();
    else {
      latency.set(reading.latencyMs / 1000);
      show(reading.state);
    }
  };
}
