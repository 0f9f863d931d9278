import { expect, it } from 'vitest';
import { translateDefault } from '../../src/schema/design/defaults.ts';
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
