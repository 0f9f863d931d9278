import type { MigrationCounts } from '@vatevo/db';
import { ExitCode } from '@vatevo/shell';
import type { Snapshot } from './types.ts';

/** For as long the API's pool must have been exhausted to be a problem, as in its own `/health/db`. */
const EXHAUSTED_SECONDS = 1;

export interface Evaluation {
  /** One sentence each; none when all is well. */
  readonly problems: readonly string[];
  readonly exitCode: ExitCode;
}

/** Says what is wrong, the worst first. */
export function evaluate({ server, api }: Snapshot): Evaluation {
  const away: string[] = [];
  const notReady: string[] = [];
  if (!server.ok) away.push(server.message);
  else {
    notReady.push(...migrationProblems(server.state.migrations));
    for (const [state, runs] of Object.entries(server.state.transfers ?? {})) {
      if (state !== 'complete' && runs > 0)
        notReady.push(`A transfer into this database is unfinished (${state}).`);
    }
  }
  if (api?.ok === false) away.push(api.message);
  if (api?.ok && !api.databaseUp) away.push('The API does not reach its database.');
  if (api?.ok && api.pool.exhaustedSeconds >= EXHAUSTED_SECONDS)
    notReady.push(`The API's pool is exhausted: all ${api.pool.max} connections are in use.`);
  const exitCode =
    away.length > 0 ? ExitCode.cannotConnect : notReady.length > 0 ? ExitCode.notReady : ExitCode.done;
  return { problems: [...away, ...notReady], exitCode };
}

function migrationProblems(migrations: MigrationCounts | null): string[] {
  if (migrations === null) return [];
  const { failed, edited, unknown } = migrations;
  return [
    failed > 0 && 'A migration stopped half-way.',
    edited > 0 && 'A migration was edited after it was applied.',
    unknown > 0 && 'The migrations of the database are newer than this release.',
  ].filter((problem) => problem !== false);
}
