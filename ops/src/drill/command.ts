import { execa } from 'execa';
import { childEnv } from '../demo/child-env.ts';
import { opsProgram, root } from '../demo/paths.ts';

/** Milliseconds within which a command that is to be killed is killed: as long as one usually takes. */
const LONGEST_LIFE = 1_500;
/** A command that is killed again and again is let through in the end. */
const MAX_KILLS = 3;
/** Times that the service writes less because a command said that it cannot follow. */
const MAX_CALMED = 6;

export interface CommandOptions {
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables of the release that the command is of. */
  readonly release?: Readonly<Record<string, string>>;
  readonly random: () => number;
  /** Done each time the command was killed, before it is run again. */
  readonly killed?: (() => Promise<void>) | undefined;
  /** Lets the service write less, where a command said that it is faster than it can be followed; then it is run again. */
  readonly calm?: (() => Promise<void>) | undefined;
}

/** How a command ended that may have been killed and run again. */
export interface Through {
  readonly kills: number;
  /** What `--json` printed in the end. */
  readonly report: Record<string, unknown>;
}

/** Runs an ops command as an operator does whose machine keeps failing: killed at random, and run again. */
export async function runThrough(args: readonly string[], options: CommandOptions): Promise<Through> {
  const { random } = options;
  let calmed = 0;
  for (let kills = 0; ; ) {
    const killAfter = kills < MAX_KILLS && random() < 0.6 ? random() * LONGEST_LIFE : undefined;
    const ended = await runOnce(args, options, killAfter);
    if (ended === 'outrun') {
      if (options.calm === undefined || ++calmed > MAX_CALMED)
        throw new Error(`${args.join(' ')} was outrun however little was written`);
      await options.calm();
      continue;
    }
    if (ended !== 'killed') return { kills, report: ended };
    kills++;
    await options.killed?.();
  }
}

async function runOnce(
  args: readonly string[],
  { url, env, release }: CommandOptions,
  killAfter: number | undefined,
): Promise<Record<string, unknown> | 'killed' | 'outrun'> {
  const { stdout, stderr, exitCode, signal } = await execa(
    process.execPath,
    [opsProgram, ...args, '--json'],
    {
      cwd: root,
      env: childEnv(env, { POSTGRES_URL: url, ...release }),
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      ...(killAfter !== undefined && { timeout: Math.ceil(killAfter), killSignal: 'SIGKILL' }),
    },
  );
  if (signal === 'SIGKILL') return 'killed';
  if (exitCode !== 0 && stdout.includes('source-busy')) return 'outrun';
  if (exitCode !== 0) {
    // The report names the rows that differ; those of a drill are nobody's.
    throw new Error(`${args.join(' ')} ended with code ${exitCode}: ${stderr.trim()}\n${stdout.trim()}`);
  }
  return JSON.parse(stdout) as Record<string, unknown>;
}
