import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { ForbiddenAddressError, isPublicAddress, publicLookup } from '../src/webhooks/address.ts';
import { MOST_ATTEMPTS, nextAttempt } from '../src/webhooks/backoff.ts';
import { post } from '../src/webhooks/post.ts';

describe('public addresses', () => {
  it.each(['93.184.216.34', '1.1.1.1', '2606:4700::1111'])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b::7f00:1',
    'ff02::1',
    'localhost',
  ])('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('names', () => {
  // The names are made up: no test may depend on what the internet answers, and none could change it in time.
  const resolver = (answers: LookupAddress[][]) =>
    publicLookup(((_: string, __: object, callback: (error: null, addresses: LookupAddress[]) => void) =>
      callback(null, answers.shift() ?? [])) as never);
  const ask = (lookup: ReturnType<typeof publicLookup>) =>
    new Promise((resolve) =>
      lookup('hook.example', { all: true }, (error, addresses) => resolve(error ?? addresses)),
    );
  const open = { address: '93.184.216.34', family: 4 };
  const metadata = { address: '169.254.169.254', family: 4 };

  it('lead to their public addresses alone', async () => {
    expect(await ask(resolver([[metadata, open]]))).toEqual([open]);
    expect(await ask(resolver([[metadata]]))).toBeInstanceOf(ForbiddenAddressError);
  });

  it('are judged at every connection: an answer that changes gains nothing', async () => {
    const lookup = resolver([[open], [metadata]]);
    expect(await ask(lookup)).toEqual([open]);
    expect(await ask(lookup)).toBeInstanceOf(ForbiddenAddressError);
    const sent = await post(
      'http://hook.example/',
      { body: '{}', headers: {} },
      { timeoutMs: 1000, lookup: resolver([[metadata]]) },
    );
    expect(sent).toEqual({ ok: false, reason: 'the address is not a public one' });
  });

  it.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://[::ffff:127.0.0.1]/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://localhost:1/',
  ])('%s is refused, however it is written', async (url) => {
    const sent = await post(url, { body: '{}', headers: {} }, { timeoutMs: 1000, lookup: publicLookup() });
    expect(sent).toEqual({ ok: false, reason: 'the address is not a public one' });
  });

  it.each(['ftp://example.org/', 'not a url', ''])('%j is no address', async (url) => {
    const sent = await post(url, { body: '', headers: {} }, { timeoutMs: 1000, lookup: undefined });
    expect(sent).toEqual({ ok: false, reason: 'the address is no http or https URL' });
  });
});

describe('pauses between attempts', () => {
  const now = new Date('2025-01-01T00:00:00Z');
  const seconds = (attempt: number, random = 0.5) => {
    const next = nextAttempt(attempt, now, random);
    return next && (next.getTime() - now.getTime()) / 1000;
  };

  it('grow, up to half a day, and end', () => {
    const pauses = Array.from({ length: MOST_ATTEMPTS }, (_, index) => seconds(index + 1));
    expect(pauses).toEqual([5, 20, 80, 320, 1280, 5120, 20_480, 43_200, 43_200, 43_200, undefined]);
  });

  it('are spread', () => {
    expect([seconds(1, 0), seconds(1, 1)]).toEqual([4, 6]);
  });
});
