import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import type { Run } from '@vatevo/mover';
import { type CommonOptions, ExitCode, formatCount, type Reporter } from '@vatevo/shell';
import pg from 'pg';
import { runThrough } from './command.ts';
import { moveAndFailBack, type Round, type Target } from './round.ts';

export interface DrillOptions extends CommonOptions {
  readonly rounds: number;
  readonly seed: number;
}

const TEMPLATE = 'prepared';
/** Rows of one round that are shown. */
const MAX_ROWS = 10;

/**
 * Goes to PostgreSQL and back, again and again, beside a service that never stops writing and with commands
 * that are killed at random; then compares what is there with what the service was told is written.
 */
export async function drill({ rounds, seed }: DrillOptions, run: Run): Promise<ExitCode> {
  const { report, signal } = run;
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-drill-'));
  const server = await report.step('Start PostgreSQL', () => startLocalPostgres());
  try {
    run.protect(server.password);
    await report.step('Prepare a database', () =>
      runThrough(['prepare-postgres'], { url: server.url(TEMPLATE), env: run.env, random: () => 1 }),
    );
    const done = await report.step(`Move and fail back ${rounds} times`, async (step) => {
      const bar = report.progress({ label: 'drill', total: rounds, unit: 'rounds' });
      const results: Round[] = [];
      try {
        for (let n = 0; n < rounds; n++) {
          signal.throwIfAborted();
          const place = join(folder, String(n));
          results.push(
            await inDatabase(server, `round_${n}`, (target) =>
              moveAndFailBack(seed + n, target, place, run.env),
            ),
          );
          rmSync(place, { recursive: true, force: true });
          bar.update(n + 1);
        }
      } finally {
        bar.stop();
      }
      step.detail(`seeds ${seed} to ${seed + rounds - 1}`);
      return results;
    });
    showRounds(report, done);
    const summary = summarise(done);
    report.result({ drill: { seed, summary, rounds: done } }, lines(summary));
    return summary.lost + summary.invented === 0 ? ExitCode.done : ExitCode.differs;
  } finally {
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inDatabase<Result>(
  server: LocalPostgres,
  name: string,
  work: (target: Target) => Promise<Result>,
): Promise<Result> {
  const standby = `${name}_standby`;
  await admin(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  try {
    return await work({
      url: server.url(name),
      follow: () => admin(server, `CREATE DATABASE ${standby} TEMPLATE ${name}`),
      promote: () =>
        admin(server, `DROP DATABASE ${name} WITH (FORCE)`, `ALTER DATABASE ${standby} RENAME TO ${name}`),
    });
  } finally {
    for (const made of [name, standby]) await admin(server, `DROP DATABASE IF EXISTS ${made} WITH (FORCE)`);
  }
}

async function admin(server: LocalPostgres, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.url(), ssl: false });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}

/** What is told of several rounds, each with its heading: the longest time without writes in milliseconds, else sums. */
const TOLD = {
  rounds: 'rounds',
  acknowledged: 'writes',
  refused: 'refused',
  kills: 'kills',
  powerFailures: 'power failures',
  failovers: 'failovers',
  worstForwardMs: 'ms forward',
  worstFailbackMs: 'ms failback',
  lost: 'lost',
  invented: 'invented',
} as const;

type DrillSummary = Readonly<Record<keyof typeof TOLD, number>>;

/** What was found in each format, and every row that is wrong. */
function showRounds(report: Reporter, rounds: readonly Round[]): void {
  const row = (name: string, of: readonly Round[]) => {
    const summary = summarise(of);
    const told = Object.keys(TOLD) as (keyof DrillSummary)[];
    return [name, ...told.map((each) => formatCount(Math.ceil(summary[each])))];
  };
  const kindOf = ({ shape, migrated, processes }: Round) =>
    [`${shape} format`, ...(processes > 1 ? ['2–4 writers'] : []), ...(migrated ? ['migrated'] : [])].join(
      ', ',
    );
  const kinds = [...new Set(rounds.map(kindOf))].toSorted();
  report.table([
    ['from', ...Object.values(TOLD)],
    ...kinds.map((kind) =>
      row(
        kind,
        rounds.filter((round) => kindOf(round) === kind),
      ),
    ),
  ]);
  for (const { seed, lost, invented } of rounds) {
    for (const each of lost.slice(0, MAX_ROWS)) report.note(`seed ${seed}, lost: ${each}`);
    for (const each of invented.slice(0, MAX_ROWS)) report.note(`seed ${seed}, invented: ${each}`);
  }
}

function summarise(rounds: readonly Round[]): DrillSummary {
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  return {
    rounds: rounds.length,
    acknowledged: sum((round) => round.acknowledged),
    refused: sum((round) => round.refused),
    kills: sum((round) => round.kills),
    powerFailures: sum((round) => round.powerFailures),
    failovers: rounds.filter((round) => round.failedOver).length,
    lost: sum((round) => round.lost.length),
    invented: sum((round) => round.invented.length),
    worstForwardMs: Math.max(...rounds.map((round) => round.downtimeForwardMs)),
    worstFailbackMs: Math.max(...rounds.map((round) => round.downtimeFailbackMs)),
  };
}

function lines(summary: DrillSummary): string[] {
  const { rounds, acknowledged, refused, kills, powerFailures, failovers, lost, invented } = summary;
  return [
    lost + invented === 0
      ? `Nothing lost, nothing invented: ${rounds} times to PostgreSQL and back.`
      : `${lost} writes LOST and ${invented} INVENTED in ${rounds} rounds: see above, and run one of them again with --rounds 1 --seed.`,
    `${formatCount(acknowledged)} writes were acknowledged beside it and all of them compared; ${formatCount(refused)} were refused by a fence and are in neither database.`,
    `The commands were killed ${kills} times and run again; ${powerFailures} times the power failed and took the service and its last commits with it; ${failovers} times PostgreSQL was lost just after the hand-over, and a standby took its place.`,
    `Longest time without writes: ${Math.ceil(summary.worstForwardMs)} ms forward, ${Math.ceil(summary.worstFailbackMs)} ms at failback.`,
  ];
}
