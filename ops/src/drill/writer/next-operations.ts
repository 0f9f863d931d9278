import { type Effect, idOf, type Operation, pick } from './operations.ts';

/** What a service of the next release does beside what one of this release does: with a new table, and a new column. */
export const NEXT_OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [8, insertNote],
  [4, updateNote],
  [2, deleteNote],
  [6, setChannel],
];

async function insertNote(...[store, token, random]: Parameters<Operation>): Promise<Effect[]> {
  const tenant = await pick(store, 'tenants', random);
  if (tenant === undefined) return [];
  const rows = await store.run(
    'INSERT INTO drill_notes (tenant_id, note) VALUES (?, ?) RETURNING id',
    Number(tenant.id),
    token,
  );
  return [['drill_notes', idOf(rows), token]];
}

async function updateNote(...[store, token, random]: Parameters<Operation>): Promise<Effect[]> {
  const note = await pick(store, 'drill_notes', random);
  if (note === undefined) return [];
  await store.run('UPDATE drill_notes SET note = ? WHERE id = ?', token, Number(note.id));
  return [['drill_notes', Number(note.id), token]];
}

async function deleteNote(...[store, , random]: Parameters<Operation>): Promise<Effect[]> {
  const note = await pick(store, 'drill_notes', random);
  if (note === undefined) return [];
  await store.run('DELETE FROM drill_notes WHERE id = ?', Number(note.id));
  return [['drill_notes', Number(note.id), null]];
}

async function setChannel(...[store, token, random]: Parameters<Operation>): Promise<Effect[]> {
  const invoice = await pick(store, 'invoices', random);
  if (invoice === undefined) return [];
  await store.run('UPDATE invoices SET channel = ? WHERE id = ?', token, Number(invoice.id));
  return [['invoices.channel', Number(invoice.id), token]];
}
