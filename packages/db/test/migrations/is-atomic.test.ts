import { expect, it } from 'vitest';
import { isAtomic } from '../../src/migrations/is-atomic.ts';

it.each([
  'CREATE TABLE a (id int); CREATE INDEX b ON a (id);',
  'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;',
  'ALTER TABLE a ADD COLUMN "commit" text;',
])('takes %s for one transaction', (script) => {
  expect(isAtomic(script)).toBe(true);
});

it.each([
  'CREATE INDEX CONCURRENTLY b ON a (id);',
  'BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;',
  'CREATE TABLE a (id int);\n  commit ;\nCREATE TABLE b (id int);',
  'START TRANSACTION; SELECT 1; ROLLBACK;',
  'CREATE TABLE a (id int); COMMIT; CREATE TABLE b (id int);',
  'VACUUM a;',
])('does not take %s for one', (script) => {
  expect(isAtomic(script)).toBe(false);
});
