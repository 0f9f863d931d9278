import { expect, it } from 'vitest';
import { redact } from '../src/redact.ts';

it('takes the password out of every URL in a text', () => {
  expect(redact('from postgresql://app:p@ss:w@db/x to postgres://b:c@d')).toBe(
    'from postgresql://app:***@db/x to postgres://b:***@d',
  );
});

it('takes given secrets out, also percent-encoded', () => {
  expect(redact('a p@ss and p%40ss', ['p@ss', undefined, ''])).toBe('a *** and ***');
});

it('hides a password in which the @, / or ? was not encoded', () => {
  for (const password of ['a/b', 'a?b', 'a@b', 'a#b:c']) {
    expect(redact(`{"url":"postgres://app:${password}@db/x"}`)).toBe('{"url":"postgres://app:***@db/x"}');
  }
});

it('hides what is called a password', () => {
  expect(redact(`host=db password=s3cret user=app`)).toBe('host=db password=*** user=app');
  expect(redact(`PGPASSWORD='s3 cret' psql`)).toBe('PGPASSWORD=*** psql');
  expect(redact('{"password":"s3\\"cret","user":"app"}')).toBe('{"password":***,"user":"app"}');
  expect(redact('password authentication failed for user "app"')).toBe(
    'password authentication failed for user "app"',
  );
});

it('leaves words whole that contain a short password', () => {
  expect(redact('role db may not use dbs, only db.', ['db'])).toBe('role *** may not use dbs, only ***.');
});

it('takes any secret, even one that cannot be encoded', () => {
  expect(redact('x\ud800yz-', ['x\ud800yz'])).toBe('***-');
});
