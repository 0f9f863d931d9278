import { readFileSync } from 'node:fs';
import { mover } from '@vatevo/mover';
import { callProgram } from '@vatevo/shell';
import { expect } from 'vitest';

export const LONG = process.env.VATEVO_TEST_LONG === '1';

/** What `plan` proposed for a file, as far as this looks at it. */
export interface Proposal {
  readonly tables?: Readonly<Record<string, { readonly source?: string; readonly seeded?: string }>>;
  readonly decisions?: { readonly columns?: Readonly<Record<string, Readonly<Record<string, string>>>> };
}

/**
 * Moves a file as `plan` proposes it, with nothing decided by hand, and proves it.
 *
 * @param planned options of `plan`
 */
export async function move(source: string, url: string, ...planned: readonly string[]): Promise<Proposal> {
  const mapping = `${source}.json`;
  const run = async (command: string, ...options: string[]) => {
    const args = [command, '--source', source, ...options, '--json'];
    const called = await callProgram(mover, args, { PATH: process.env.PATH, POSTGRES_URL: url });
    expect(called, called.stderr + called.stdout).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(called.stdout) as { readonly plan?: unknown };
  };
  const { plan } = await run('plan', '--out', mapping, ...planned);
  expect(plan).toMatchObject({ refused: [] });
  expect(plan, readFileSync(mapping, 'utf8')).not.toHaveProperty('questions');
  // A transfer proves every value itself.
  for (const command of LONG ? ['transfer', 'verify'] : ['transfer']) {
    await run(command, '--mapping', mapping, '--jobs', '1');
  }
  return plan as Proposal;
}
