import type { Row, Store } from './store.ts';

export type Table = 'tenants' | 'invoices' | 'webhook_events';

/** What a write did to one row: the token that it holds now, or null when it is gone; and its turn, where several write. */
export type Effect = readonly [table: Table | NextTable, id: number, token: string | null, turn?: number];

/** What the next release has beside: a table, and a column of one, which counts as a table of its own. */
type NextTable = 'drill_notes' | 'invoices.channel';

/** Numbers from 0 to before 1, the same for the same seed. */
export type Random = () => number;

/** The column in which each table holds a write's token. */
export const TOKEN_COLUMN: Readonly<Record<Table, string>> = {
  tenants: 'name',
  invoices: 'external_id',
  webhook_events: 'event_type',
};

export type Operation = (store: Store, token: string, random: Random) => Promise<Effect[]>;

/**
 * One statement or one transaction each, as services write: plain, through unique keys, of keys, of many rows, of rows
 * that others point to. In the legacy shape keys cascade.
 */
export const OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [2, insertTenant],
  [6, onOne('tenants', insertInvoice)],
  [8, onOne('invoices', insertEvent)],
  [8, onOne('invoices', updateInvoice)],
  [3, onOne('tenants', updateTenant)],
  [4, onOne('webhook_events', deleteEvent)],
  [2, upsertTenant],
  [2, replaceTenant],
  [2, onOne('webhook_events', changeKey)],
  [2, onOne('webhook_events', deleteAndInsertAgain)],
  [1, updateMany],
  [2, onOne('invoices', giveInvoice)],
  [0.7, deleteTenant],
  [1, onOne('tenants', renumberTenant)],
  [1, writeAndForget],
  [0.3, onOne('invoices', writeVeryMany)],
];

export const idOf = (rows: readonly Row[]) => Number((rows[0] as Row).id);

async function pick(store: Store, table: Table | 'drill_notes', random: Random): Promise<number | undefined> {
  const [{ most } = { most: 0 }] = await store.run(`SELECT max(id) AS most FROM ${table}`);
  const from = 1 + Math.floor(random() * Number(most ?? 0));
  const [row] = await store.run(`SELECT id FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`, from);
  return row && Number(row.id);
}

/** What is done to one row of a table; nothing where the table is empty. */
export function onOne(
  table: Table | 'drill_notes',
  work: (store: Store, id: number, token: string, random: Random) => Promise<Effect[]>,
): Operation {
  return async (store, token, random) => {
    const id = await pick(store, table, random);
    return id === undefined ? [] : work(store, id, token, random);
  };
}

/** A key of the form that the shape stores, made from the token. */
function keyOf(store: Store, token: string): { unique: string; columns: string; values: string[] } {
  if (store.shape === 'legacy') return { unique: 'api_key', columns: 'api_key', values: [`vat_${token}`] };
  const hash = Buffer.from(token).toString('hex').padEnd(64, '0').slice(0, 64);
  return { unique: 'api_key_hash', columns: 'api_key_hash, api_key_prefix', values: [hash, 'vat_'] };
}

type Key = ReturnType<typeof keyOf>;

/** @param conflict what is said of one, behind the verb and behind the values */
async function putTenant(
  store: Store,
  token: string,
  { columns, values }: Key,
  conflict = { verb: '', values: '' },
): Promise<Effect> {
  const marks = values.map(() => '?').join(', ');
  const rows = await store.run(
    `INSERT ${conflict.verb} INTO tenants (name, ${columns}) VALUES (?, ${marks}) ${conflict.values} RETURNING id`,
    token,
    ...values,
  );
  return ['tenants', idOf(rows), token];
}

async function insertTenant(store: Store, token: string): Promise<Effect[]> {
  return [await putTenant(store, token, keyOf(store, token))];
}

async function upsertTenant(store: Store, token: string, random: Random): Promise<Effect[]> {
  // Few keys, so that most of them are there already.
  const key = keyOf(store, `upsert-${Math.floor(random() * 5)}`);
  const values = `ON CONFLICT (${key.unique}) DO UPDATE SET name = excluded.name`;
  return [await putTenant(store, token, key, { verb: '', values })];
}

/** REPLACE removes the row that holds the key, and writes one with another id. */
async function replaceTenant(store: Store, token: string, random: Random): Promise<Effect[]> {
  const key = keyOf(store, `replace-${Math.floor(random() * 5)}`);
  const [value = ''] = key.values;
  return store.atOnce(async () => {
    const before = await store.run(`SELECT id FROM tenants WHERE ${key.unique} = ?`, value);
    // Where keys cascade, all that is its goes with it.
    const gone: Effect[] = [];
    for (const { id } of before) gone.push(...(await goneWithTenant(store, Number(id))));
    if (!store.isSqlite) await store.run(`DELETE FROM tenants WHERE ${key.unique} = ?`, value);
    const verb = store.isSqlite ? 'OR REPLACE' : '';
    return [
      ...gone,
      ...before.map(({ id }): Effect => ['tenants', Number(id), null]),
      await putTenant(store, token, key, { verb, values: '' }),
    ];
  });
}

async function insertInvoice(store: Store, tenant: number, token: string, random: Random): Promise<Effect[]> {
  const amount = `${Math.floor(random() * 1e6)}.${Math.floor(random() * 90) + 10}`;
  const rows = await store.run(
    `INSERT INTO invoices (external_id, tenant_id, status, country_code, invoice_number, issue_date, subtotal,
       tax_amount, total_amount, currency, supplier_data, customer_data, line_items, retry_count)
     SELECT ?, id, 'DRAFT', 'DE', ?, '2026-01-15 00:00:00.000001', '${amount}', '0.00', '${amount}', 'EUR',
       '{"name": "Dr\\u0069ll & Söhne"}', '{}', '[1.10, {"a": null}]', 0 FROM tenants WHERE id = ? RETURNING id`,
    token,
    `R-${token}`,
    tenant,
  );
  return rows.length === 0 ? [] : [['invoices', idOf(rows), token]];
}

async function insertEvent(store: Store, invoice: number, token: string): Promise<Effect[]> {
  return [['webhook_events', await putEvent(store, invoice, token), token]];
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

async function updateInvoice(store: Store, invoice: number, token: string): Promise<Effect[]> {
  await store.run(
    `UPDATE invoices SET external_id = ?, updated_at = '2026-02-01 10:00:00.123456' WHERE id = ?`,
    token,
    invoice,
  );
  return [['invoices', invoice, token]];
}

async function updateTenant(store: Store, tenant: number, token: string): Promise<Effect[]> {
  await store.run('UPDATE tenants SET name = ? WHERE id = ?', token, tenant);
  return [['tenants', tenant, token]];
}

async function deleteEvent(store: Store, event: number): Promise<Effect[]> {
  await store.run('DELETE FROM webhook_events WHERE id = ?', event);
  return [['webhook_events', event, null]];
}

async function changeKey(store: Store, id: number, token: string): Promise<Effect[]> {
  return store.atOnce(async () => {
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

async function deleteAndInsertAgain(
  store: Store,
  id: number,
  token: string,
  random: Random,
): Promise<Effect[]> {
  const invoice = await pick(store, 'invoices', random);
  if (invoice === undefined) return [];
  return store.atOnce(async () => {
    await store.run('DELETE FROM webhook_events WHERE id = ?', id);
    await putEvent(store, invoice, token, id);
    return [['webhook_events', id, token]];
  });
}

async function updateMany(store: Store, token: string): Promise<Effect[]> {
  return store.atOnce(async () => {
    const rows = await store.run('SELECT id FROM webhook_events ORDER BY id DESC LIMIT 200');
    const last = rows.at(-1);
    if (last === undefined) return [];
    await store.run('UPDATE webhook_events SET event_type = ? WHERE id >= ?', token, Number(last.id));
    return rows.map(({ id }): Effect => ['webhook_events', Number(id), token]);
  });
}

/** Rows that go with others, or before them. */
async function goneWith(store: Store, table: Table, where: string, value: number): Promise<Effect[]> {
  const rows = await store.run(`SELECT id FROM ${table} WHERE ${where}`, value);
  return rows.map(({ id }): Effect => [table, Number(id), null]);
}

const OF_TENANT = 'invoice_id IN (SELECT id FROM invoices WHERE tenant_id = ?)';

async function goneWithTenant(store: Store, id: number): Promise<Effect[]> {
  return [
    ...(await goneWith(store, 'webhook_events', OF_TENANT, id)),
    ...(await goneWith(store, 'invoices', 'tenant_id = ?', id)),
  ];
}

/** An invoice of another tenant: what its events hold of the tenant follows, or they are gone. */
async function giveInvoice(store: Store, id: number, token: string, random: Random): Promise<Effect[]> {
  const tenant = await pick(store, 'tenants', random);
  if (tenant === undefined) return [];
  return store.atOnce(async () => {
    const events = store.shape === 'own' ? await goneWith(store, 'webhook_events', 'invoice_id = ?', id) : [];
    if (store.shape === 'own') await store.run('DELETE FROM webhook_events WHERE invoice_id = ?', id);
    await store.run('UPDATE invoices SET tenant_id = ?, external_id = ? WHERE id = ?', tenant, token, id);
    return [...events, ['invoices', id, token]];
  });
}

/** A tenant of the writer's own, with all that is its. */
async function deleteTenant(store: Store): Promise<Effect[]> {
  return store.atOnce(async () => {
    const [tenant] = await store.run(`SELECT max(id) AS id FROM tenants WHERE name LIKE 'w%'`);
    if (tenant?.id === null || tenant?.id === undefined) return [];
    const id = Number(tenant.id);
    const gone = await goneWithTenant(store, id);
    if (store.shape === 'own') {
      await store.run(`DELETE FROM webhook_events WHERE ${OF_TENANT}`, id);
      await store.run('DELETE FROM invoices WHERE tenant_id = ?', id);
    }
    await store.run('DELETE FROM tenants WHERE id = ?', id);
    return [...gone, ['tenants', id, null]];
  });
}

/** The key of a tenant that has invoices: where keys cascade, these follow. */
async function renumberTenant(store: Store, tenant: number, token: string): Promise<Effect[]> {
  if (store.shape !== 'legacy') return [];
  return store.atOnce(async () => {
    const [{ most } = { most: 0 }] = await store.run('SELECT max(id) AS most FROM tenants');
    const next = Number(most) + 1;
    await store.run('UPDATE tenants SET id = ?, name = ? WHERE id = ?', next, token, tenant);
    return [
      ['tenants', tenant, null],
      ['tenants', next, token],
    ];
  });
}

/** A row with a key that PostgreSQL cannot hold, which is gone when the transaction ends. */
async function writeAndForget(store: Store, token: string): Promise<Effect[]> {
  if (store.shape !== 'legacy') return [];
  const far = 5_000_000_000;
  return store.atOnce(async () => {
    await store.run('INSERT INTO tenants (id, name, api_key) VALUES (?, ?, ?)', far, token, `far_${token}`);
    await store.run('DELETE FROM tenants WHERE id = ?', far);
    return [];
  });
}

/** More rows than are followed at once, most of them gone again when the transaction ends. */
async function writeVeryMany(store: Store, invoice: number, token: string): Promise<Effect[]> {
  return store.atOnce(async () => {
    const ids: number[] = [];
    for (let n = 0; n < 700; n++) ids.push(await putEvent(store, invoice, token));
    const last = ids.at(-1) as number;
    await store.run('UPDATE webhook_events SET delivery_attempts = 1 WHERE id > ?', last - 700);
    await store.run('DELETE FROM webhook_events WHERE event_type = ? AND id <= ?', token, last - 100);
    return ids.map((id): Effect => ['webhook_events', id, id <= last - 100 ? null : token]);
  });
}
