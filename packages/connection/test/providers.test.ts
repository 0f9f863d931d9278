import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';

interface Row {
  readonly provider: string;
  readonly url: string;
  readonly beside: Readonly<Record<string, string>>;
  readonly mode: string;
}

/** The table of the documentation. */
function readRows(): Row[] {
  const docs = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const section = docs.split('## Strings of providers')[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| ') && line.includes('`postgres'));
  return lines.map((line) => {
    const [, provider = '', url = '', beside = '', mode = ''] = line.split('|').map((cell) => cell.trim());
    const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
    return {
      provider,
      url: codes(url)[0] ?? '',
      beside: Object.fromEntries(codes(beside).map((code) => code.split('=') as [string, string])),
      mode: codes(mode)[0] ?? '',
    };
  });
}

describe('the strings of providers in the documentation', () => {
  const rows = readRows();

  it('are those of all that were promised', () => {
    const named = rows.map(({ provider }) => provider).join('\n');
    for (const provider of [
      'RDS',
      'Aurora',
      'Cloud SQL',
      'Azure',
      'Neon',
      'Supabase',
      'Railway',
      'Render',
      'Fly',
      'DigitalOcean',
      'Heroku',
    ]) {
      expect(named).toContain(provider);
    }
  });

  it.each(rows)('$provider', ({ url, beside, mode }) => {
    const { database, pool } = parseConfig({ VATEVO_ENV: 'production', POSTGRES_URL: url, ...beside });
    if (database.kind !== 'postgres') throw new Error('It was not taken for PostgreSQL.');
    expect(database.ssl.mode).toBe(mode);
    expect(database.password).toBe('password');
    expect(database.warning).toBeUndefined();
    const said = new URLSearchParams(/\?(.*)/.exec(url)?.[1]);
    expect(database.ssl.channelBinding ?? null).toBe(said.get('channel_binding'));
    expect(database.sessionAttributes).toBe(said.get('target_session_attrs') ?? 'any');
    expect(database.hosts).toHaveLength(/\/\/[^/]*/.exec(url)?.[0].split(',').length ?? 0);
    expect(pool.size).toBe(Number(said.get('connection_limit') ?? 10));
    expect(database.ssl.certFile ?? null).toBe(said.get('sslcert'));
  });
});
