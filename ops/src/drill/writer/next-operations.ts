import { type Effect, idOf, type Operation, onOne } from './operations.ts';
import type { Store } from './store.ts';

/** What a service of the next release does beside what one of this release does: with a new table, and a new column. */
export const NEXT_OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [8, onOne('tenants', insertNote)],
  [4, onOne('drill_notes', updateNote)],
  [2, onOne('drill_notes', deleteNote)],
  [6, onOne('invoices', setChannel)],
];

async function insertNote(store: Store, tenant: number, token: string): Promise<Effect[]> {
  const sql = 'INSERT INTO drill_notes (tenant_id, note) VALUES (?, ?) RETURNING id';
  return [['drill_notes', idOf(await store.run(sql, tenant, token)), token]];
}

async function updateNote(store: Store, note: number, token: string): Promise<Effect[]> {
  await store.run('UPDATE drill_notes SET note = ? WHERE id = ?', token, note);
  return [['drill_notes', note, token]];
}

async function deleteNote(store: Store, note: number): Promise<Effect[]> {
  await store.run('DELETE FROM drill_notes WHERE id = ?', note);
  return [['drill_notes', note, null]];
}

async function setChannel(store: Store, invoice: number, token: string): Promise<Effect[]> {
  await store.run('UPDATE invoices SET channel = ? WHERE id = ?', token, invoice);
  return [['invoices.channel', invoice, token]];
}
