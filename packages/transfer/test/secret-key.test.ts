import { transfer, verifyTransfer } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { makePair } from './support.ts';

it('shows nothing of a key that is secret', async () => {
  const pair = await makePair(
    `CREATE TABLE door (code TEXT PRIMARY KEY, name TEXT); INSERT INTO door VALUES ('1234', 'front'), ('5678', 'back')`,
    'CREATE TABLE door (code text PRIMARY KEY, name text)',
    { tables: { door: { columns: { code: { secret: true } } } } },
  );
  await transfer(pair.endpoints);
  await pair.query(`DELETE FROM door WHERE name = 'back'; UPDATE door SET name = 'side'`);
  const { differences } = await verifyTransfer(pair.endpoints);
  expect(differences).toEqual([
    { table: 'door', key: '(hidden)', kind: 'missing' },
    { table: 'door', key: '(hidden)', kind: 'changed', column: 'name', expected: 'front', actual: 'side' },
  ]);
  await pair.drop();
});
