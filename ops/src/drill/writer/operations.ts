import type { Row, Store } from './store.ts';

export type Table = 'tenants' | 'invoices' | 'webhook_events';

/** What a write did to one row: the token that it holds now, or null when it is gone. */
export type Effect = readonly [table: Table | NextTable, id: number, token: string | null];

/** What the next release has beside: a table, and a column of one, which counts as a table of its own. */
export type NextTable = 'drill_notes' | 'invoices.channel';

/** Numbers from 0 to before 1, the same for the same seed. */
export type Random = () => number;

/** The column in which each table holds a write's token. */
export const TOKEN_COLUMN: Readonly<Record<Table, string>> = {
  tenants: 'name',
  invoices: 'external_id',
  webhook_events: 'event_type',
};

export type Operation = (store: Store, token: string, random: Random) => Promise<Effect[]>;

/** One statement or one transaction each, as services write: plain, through unique keys, of keys, of many rows. */
export const OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [2, insertTenant],
  [6, insertInvoice],
  [8, insertEvent],
  [8, updateInvoice],
  [3, updateTenant],
  [4, deleteEvent],
  [2, upsertTenant],
  [2, replaceTenant],
  [2, changeKey],
  [2, deleteAndInsertAgain],
  [1, updateMany],
];

export const idOf = (rows: readonly Row[]) => Number((rows[0] as Row).id);

export async function pick(
  store: Store,
  table: Table | 'drill_notes',
  random: Random,
): Promise<Row | undefined> {
  const [{ most } = { most: 0 }] = await store.run(`SELECT max(id) AS most FROM ${table}`);
  const from = 1 + Math.floor(random() * Number(most ?? 0));
  const columns = table === 'invoices' && store.shape === 'own' ? 'id, tenant_id' : 'id';
  return (await store.run(`SELECT ${columns} FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`, from))[0];
}

/** A key of the form that the shape stores, made from the token. */
function keyOf(store: Store, token: string): { columns: string; values: string[] } {
  if (store.shape === 'legacy') return { columns: 'api_key', values: [`vat_${token}`] };
  const hash = Buffer.from(token).toString('hex').padEnd(64, '0').slice(0, 64);
  return { columns: 'api_key_hash, api_key_prefix', values: [hash, 'vat_'] };
}

async function insertTenant(store: Store, token: string): Promise<Effect[]> {
  const { columns, values } = keyOf(store, token);
  const marks = values.map(() => '?').join(', ');
  const rows = await store.run(
    `INSERT INTO tenants (name, ${columns}) VALUES (?, ${marks}) RETURNING id`,
    token,
    ...values,
  );
  return [['tenants', idOf(rows), token]];
}

async function upsertTenant(store: Store, token: string, random: Random): Promise<Effect[]> {
  // Few keys, so that most of them are there already.
  const { columns, values } = keyOf(store, `upsert-${Math.floor(random() * 5)}`);
  const unique = store.shape === 'legacy' ? 'api_key' : 'api_key_hash';
  const rows = await store.run(
    `INSERT INTO tenants (name, ${columns}) VALUES (?, ${values.map(() => '?').join(', ')})
     ON CONFLICT (${unique}) DO UPDATE SET name = excluded.name RETURNING id`,
    token,
    ...values,
  );
  return [['tenants', idOf(rows), token]];
}

/** REPLACE removes the row that holds the key, and writes one with another id. */
async function replaceTenant(store: Store, token: string, random: Random): Promise<Effect[]> {
  const { columns, values } = keyOf(store, `replace-${Math.floor(random() * 5)}`);
  const unique = store.shape === 'legacy' ? 'api_key' : 'api_key_hash';
  const marks = values.map(() => '?').join(', ');
  return atOnce(store, async () => {
    const before = await store.run(`SELECT id FROM tenants WHERE ${unique} = ?`, values[0] as string);
    if (!store.isSqlite) await store.run(`DELETE FROM tenants WHERE ${unique} = ?`, values[0] as string);
    const or = store.isSqlite ? 'OR REPLACE ' : '';
    const rows = await store.run(
      `INSERT ${or}INTO tenants (name, ${columns}) VALUES (?, ${marks}) RETURNING id`,
      token,
      ...values,
    );
    return [
      ...before.map(({ id }): Effect => ['tenants', Number(id), null]),
      ['tenants', idOf(rows), token] as const,
    ];
  });
}

async function insertInvoice(store: Store, token: string, random: Random): Promise<Effect[]> {
  const tenant = await pick(store, 'tenants', random);
  if (tenant === undefined) return [];
  const amount = `${Math.floor(random() * 1e6)}.${Math.floor(random() * 90) + 10}`;
  const rows = await store.run(
    `INSERT INTO invoices (external_id, tenant_id, status, country_code, invoice_number, issue_date, subtotal,
       tax_amount, total_amount, currency, supplier_data, customer_data, line_items, retry_count)
     SELECT ?, id, 'DRAFT', 'DE', ?, '2026-01-15 00:00:00.000001', '${amount}', '0.00', '${amount}', 'EUR',
       '{"name": "Dr\\u0069ll & Söhne"}', '{}', '[1.10, {"a": null}]', 0 FROM tenants WHERE id = ? RETURNING id`,
    token,
    `R-${token}`,
    Number(tenant.id),
  );
  return rows.length === 0 ? [] : [['invoices', idOf(rows), token]];
}

async function insertEvent(store: Store, token: string, random: Random): Promise<Effect[]> {
  const invoice = await pick(store, 'invoices', random);
  if (invoice === undefined) return [];
  return [['webhook_events', await putEvent(store, Number(invoice.id), token), token]];
}

async function putEvent(store: Store, invoice: number, token: string, id?: number): Promise<number> {
  const own = store.shape === 'own' ? ', tenant_id' : '';
  const explicit = id === undefined ? '' : ', id';
  const rows = await store.run(
    `INSERT INTO webhook_events (invoice_id, event_type, payload, delivered, delivery_attempts${own}${explicit})
     SELECT id, ?, '{"n": 1.0}', ${store.isSqlite ? '0' : 'false'}, 0${own}${explicit && `, ${id}`} FROM invoices WHERE id = ? RETURNING id`,
    token,
    invoice,
  );
  return idOf(rows);
}

async function updateInvoice(store: Store, token: string, random: Random): Promise<Effect[]> {
  const invoice = await pick(store, 'invoices', random);
  if (invoice === undefined) return [];
  await store.run(
    `UPDATE invoices SET external_id = ?, updated_at = '2026-02-01 10:00:00.123456' WHERE id = ?`,
    token,
    Number(invoice.id),
  );
  return [['invoices', Number(invoice.id), token]];
}

async function updateTenant(store: Store, token: string, random: Random): Promise<Effect[]> {
  const tenant = await pick(store, 'tenants', random);
  if (tenant === undefined) return [];
  await store.run('UPDATE tenants SET name = ? WHERE id = ?', token, Number(tenant.id));
  return [['tenants', Number(tenant.id), token]];
}

async function deleteEvent(store: Store, _token: string, random: Random): Promise<Effect[]> {
  const event = await pick(store, 'webhook_events', random);
  if (event === undefined) return [];
  await store.run('DELETE FROM webhook_events WHERE id = ?', Number(event.id));
  return [['webhook_events', Number(event.id), null]];
}

async function changeKey(store: Store, token: string, random: Random): Promise<Effect[]> {
  const event = await pick(store, 'webhook_events', random);
  if (event === undefined) return [];
  const id = Number(event.id);
  return atOnce(store, async () => {
    const [{ most } = { most: 0 }] = await store.run('SELECT max(id) AS most FROM webhook_events');
    const next = Number(most) + 1;
    // PostgreSQL's sequence is not told of an id that was given by hand.
    if (!store.isSqlite) await store.run(`SELECT setval('webhook_events_id_seq', ${next})`);
    await store.run('UPDATE webhook_events SET id = ?, event_type = ? WHERE id = ?', next, token, id);
    return [
      ['webhook_events', id, null],
      ['webhook_events', next, token],
    ];
  });
}

async function deleteAndInsertAgain(store: Store, token: string, random: Random): Promise<Effect[]> {
  const event = await pick(store, 'webhook_events', random);
  const invoice = await pick(store, 'invoices', random);
  if (event === undefined || invoice === undefined) return [];
  const id = Number(event.id);
  return atOnce(store, async () => {
    await store.run('DELETE FROM webhook_events WHERE id = ?', id);
    await putEvent(store, Number(invoice.id), token, id);
    return [['webhook_events', id, token]];
  });
}

async function updateMany(store: Store, token: string): Promise<Effect[]> {
  return atOnce(store, async () => {
    const rows = await store.run('SELECT id FROM webhook_events ORDER BY id DESC LIMIT 200');
    const last = rows.at(-1);
    if (last === undefined) return [];
    await store.run('UPDATE webhook_events SET event_type = ? WHERE id >= ?', token, Number(last.id));
    return rows.map(({ id }): Effect => ['webhook_events', Number(id), token]);
  });
}

async function atOnce(store: Store, work: () => Promise<Effect[]>): Promise<Effect[]> {
  await store.run(store.isSqlite ? 'BEGIN IMMEDIATE' : 'BEGIN');
  try {
    const effects = await work();
    await store.run('COMMIT');
    return effects;
  } catch (error) {
    await store.run('ROLLBACK');
    throw error;
  }
}
