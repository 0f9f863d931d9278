import { expect, it } from 'vitest';
import { readIndexSql } from '../src/index.ts';

it('says what is indexed without collation and direction, and of which rows', () => {
  const sql = `CREATE UNIQUE INDEX "i(" ON t (a COLLATE NOCASE DESC, lower(b /* , */) ASC, "desc") WHERE c > ')'`;
  expect(readIndexSql(sql)).toEqual({ items: ['a', 'lower(b  )', '"desc"'], where: `c > ')'` });
  expect(readIndexSql('CREATE INDEX i ON t (a)').where).toBeUndefined();
});
