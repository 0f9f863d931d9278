import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenAddressError, isPublicAddress } from '../src/webhooks/address.ts';
import { MAX_ATTEMPTS, nextAttempt } from '../src/webhooks/backoff.ts';
import { Names } from '../src/webhooks/names.ts';
import { Post } from '../src/webhooks/post.ts';
import { type NameServer, nameServer } from './support/name-server.ts';

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
    '::127.0.0.1',
    '::7f00:1',
    '::a9fe:a9fe',
    'fec0::1',
    '4000::1',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    'localhost',
  ])('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('names', () => {
  // The names are made up, and so is their server: no test may depend on what the internet answers.
  const answers = new Map<string, string[]>([
    ['hook.example', ['169.254.169.254', '93.184.216.34']],
    ['inside.example', ['169.254.169.254']],
  ]);
  let server: NameServer;
  let asked: string[];
  beforeAll(async () => {
    server = await nameServer((name) => {
      asked.push(name);
      return answers.get(name);
    });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    asked = [];
  });

  const names = (privateAddresses = false) => new Names({ privateAddresses, servers: [server.address] });
  const ask = (from: Names, name: string) =>
    new Promise((resolve) =>
      from.lookup(name, { all: true }, (error, addresses) => resolve(error ?? addresses)),
    );

  it('lead to their public addresses alone', async () => {
    expect(await ask(names(), 'hook.example')).toEqual([{ address: '93.184.216.34', family: 4 }]);
    expect(await ask(names(), 'inside.example')).toBeInstanceOf(ForbiddenAddressError);
    expect(await ask(names(), 'localhost')).toBeInstanceOf(Error);
  });

  it('lead anywhere when that is allowed, also to what this machine alone knows', async () => {
    expect(await ask(names(true), 'inside.example')).toEqual([{ address: '169.254.169.254', family: 4 }]);
    expect(await ask(names(true), 'LOCALHOST')).toContainEqual({ address: '127.0.0.1', family: 4 });
  });

  it('are asked for once by all who wait for them', async () => {
    const from = names();
    await Promise.all(Array.from({ length: 20 }, () => ask(from, 'hook.example')));
    expect(asked.filter((name) => name === 'hook.example')).toHaveLength(2);
  });

  it('whose server is silent hold up nobody else, and are given up', async () => {
    const from = names();
    const silent = Array.from({ length: 40 }, (_, index) => ask(from, `silent-${index}.example`));
    expect(await ask(from, 'hook.example')).toHaveLength(1);
    from.close();
    for (const error of await Promise.all(silent)) expect(error).toBeInstanceOf(Error);
  });

  const send = async (url: string) => {
    const post = new Post({ privateAddresses: false, servers: [server.address] });
    try {
      return await post.send(url, { body: '{}', headers: {} }, 1000, () => true);
    } finally {
      post.close();
    }
  };

  it.each([
    'http://inside.example/',
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://2130706433/',
    'http://0x7f.1/',
  ])('%s is refused, however it is written', async (url) => {
    expect(await send(url)).toEqual({ ok: false, reason: 'the address is not a public one' });
  });

  it('lead nowhere else between their check and the connection', async () => {
    let connections = 0;
    const inside = createServer(() => connections++).listen(0, '127.0.0.1');
    await once(inside, 'listening');
    // Public, and of what nobody was ever assigned: nothing is there.
    const answers = [['2d00::1'], ['127.0.0.1']];
    let questions = 0;
    const rebinding = await nameServer(() => answers[Math.floor(questions++ / 2) % answers.length]);
    const url = `http://rebinds.example:${(inside.address() as AddressInfo).port}/`;
    const send = async () => {
      const post = new Post({ privateAddresses: false, servers: [rebinding.address] });
      const result = await post.send(url, { body: '{}', headers: {} }, 500, () => true);
      post.close();
      if (result === 'stale') throw new Error('Nothing is stale here.');
      return result;
    };
    const forbidden = { ok: false, reason: new ForbiddenAddressError().message };
    const [first, second, third] = [await send(), await send(), await send()];
    // Whether the network says so, or nothing, is its own affair.
    expect([first, third]).not.toContainEqual(forbidden);
    expect([first.ok, second, third.ok]).toEqual([false, forbidden, false]);
    // Two for each: the addresses of both versions, once.
    expect([questions, connections]).toEqual([6, 0]);
    inside.close();
    rebinding.close();
  });

  it.each(['ftp://example.org/', 'not a url', ''])('%j is no address', async (url) => {
    expect(await send(url)).toEqual({ ok: false, reason: 'the address is no http or https URL' });
  });
});

describe('pauses between attempts', () => {
  const now = new Date('2025-01-01T00:00:00Z');
  const seconds = (attempt: number, random = 0.5) => {
    const next = nextAttempt(attempt, now, random);
    return next && (next.getTime() - now.getTime()) / 1000;
  };

  it('grow, up to half a day, and end', () => {
    const pauses = Array.from({ length: MAX_ATTEMPTS }, (_, index) => seconds(index + 1));
    expect(pauses).toEqual([5, 20, 80, 320, 1280, 5120, 20_480, 43_200, 43_200, 43_200, undefined]);
  });

  it('are spread', () => {
    expect([seconds(1, 0), seconds(1, 1)]).toEqual([4, 6]);
  });
});
