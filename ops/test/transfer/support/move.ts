import { expect } from 'vitest';
import { callOps, callTransfer } from './command.ts';

/** The whole way of an operator with one target: every command must end well, and say nothing on stderr. */
export async function expectMoves(
  source: string,
  url: string,
  env: Record<string, string> = {},
): Promise<void> {
  const steps = [
    () => callOps('prepare-postgres', [], url, env),
    () => callOps('inspect', ['--source', source], url, env),
    () => callTransfer(source, url, [], env),
    () => callOps('verify', ['--source', source], url, env),
    () => callOps('prepare-postgres', [], url, env),
  ];
  for (const step of steps) {
    const { code, stderr } = await step();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
}
