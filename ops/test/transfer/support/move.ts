import { expect } from 'vitest';
import { startOps, startTransfer } from './command.ts';

/** The whole way of an operator with one target: every command must end well, and say nothing on stderr. */
export async function expectMoves(
  source: string,
  url: string,
  env: Record<string, string> = {},
): Promise<void> {
  const steps = [
    () => startOps('prepare-postgres', [], url, env),
    () => startOps('inspect', ['--source', source], url, env),
    () => startTransfer(source, url, [], env),
    () => startOps('verify', ['--source', source], url, env),
    () => startOps('prepare-postgres', [], url, env),
  ];
  for (const step of steps) {
    const { code, stderr } = await step().ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
}
