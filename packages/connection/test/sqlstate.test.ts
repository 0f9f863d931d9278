import { expect, it } from 'vitest';
import { isSqlState, isSqlStateOf, sqlStateOf } from '../src/sqlstate.ts';

it('tells what the server refused with, by name and by class', () => {
  const error = { code: '42501' };
  expect([isSqlState(error, 'insufficient_privilege'), isSqlState(error, 'undefined_table')]).toEqual([
    true,
    false,
  ]);
  expect(isSqlState(error, 'undefined_table', 'insufficient_privilege')).toBe(true);
  expect(isSqlStateOf({ code: '22P02' }, 'data_exception')).toBe(true);
  expect(isSqlStateOf({ code: '22P02' }, 'connection_exception', 'internal_error')).toBe(false);
});

it.each([
  { code: 'ECONNRESET' },
  { code: 'EPIPE' },
  { code: 'E2BIG' },
  new Error('x'),
  undefined,
  null,
  'text',
  { code: 42501 },
])('is none of %j', (error) => {
  expect(isSqlState(error, 'insufficient_privilege')).toBe(false);
  expect(isSqlStateOf(error, 'connection_exception')).toBe(false);
  expect(sqlStateOf(error)).toBeUndefined();
});
