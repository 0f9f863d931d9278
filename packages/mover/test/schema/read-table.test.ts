import { expect, it } from 'vitest';
import { translateDefault } from '../../src/schema/design/defaults.ts';
import { readCreateTable } from '../../src/schema/file/create-table.ts';
import { INTEGER, TEXT } from '../../src/schema/types/types.ts';

it.each(["enum('a','b')", 'DEFAULT', 'a\n); DROP TABLE t; --', 'PRIMARY KEY', ''])(
  'knows what is stored by default in a column of the declared type "%s"',
  (declared) => {
    expect(translateDefault("'a'", declared, TEXT)).toEqual({ sql: "'a'" });
  },
);

it('stores by default what the affinity of the declared type makes of it', () => {
  expect(translateDefault("'5'", 'unsigned int', INTEGER)).toEqual({ sql: '5' });
});

it('takes a no-break space for a part of a name, as SQLite does', () => {
  const { generated } = readCreateTable('CREATE TABLE t(a INT, \u00a0a INT AS (1))');
  expect([...generated.keys()]).toEqual(['\u00a0a']);
});
