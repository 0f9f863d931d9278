import { describe, expect, it } from 'vitest';
import { Hosts } from '../src/webhooks/hosts.ts';

describe('deliveries to one host', () => {
  /** Deliveries that end when they are told to, and the order in which they went. */
  function deliveries(hosts: Hosts) {
    const went: string[] = [];
    const ends = new Map<string, () => void>();
    const send = (name: string, host = 'one') =>
      hosts.inTurn(host, () => {
        went.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      });
    const end = async (name: string) => {
      ends.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { went, send, end };
  }

  it('go a few at a time, in the order in which they came; those to others do not wait', async () => {
    const { went, send, end } = deliveries(new Hosts(2, 60_000));
    const all = [send('a'), send('b'), send('c'), send('d'), send('e', 'another')];
    expect(went).toEqual(['a', 'b', 'e']);
    await end('b');
    expect(went).toEqual(['a', 'b', 'e', 'c']);
    await end('a');
    expect(went).toEqual(['a', 'b', 'e', 'c', 'd']);
    for (const name of ['c', 'd', 'e']) await end(name);
    await Promise.all(all);
    all.push(send('f'), send('g'), send('h'));
    expect(went.slice(5)).toEqual(['f', 'g']);
    for (const name of ['f', 'g', 'h']) await end(name);
    await Promise.all(all);
  });

  it('go all the same when nobody ends in time', async () => {
    const { went, send, end } = deliveries(new Hosts(1, 1));
    const all = [send('a'), send('b')];
    await expect.poll(() => went).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) await end(name);
    await Promise.all(all);
  });

  it('give their place back when they fail', async () => {
    const hosts = new Hosts(1, 60_000);
    await expect(hosts.inTurn('one', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await hosts.inTurn('one', async () => 'sent')).toBe('sent');
  });
});
