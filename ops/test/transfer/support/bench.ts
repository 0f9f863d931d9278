import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Passing, startProxy } from '@vatevo/test-kit/message-proxy';
import { expect } from 'vitest';
import type { Outcome, Running } from '../../support/run-script.ts';
import { callOps, callTransfer, startTransfer } from './command.ts';
import { makeSource } from './source.ts';
import { contentOf, stateOf, Targets } from './target.ts';

/** Whether the suites that try every point run, too. */
export const LONG = process.env.VATEVO_TEST_LONG === '1';

/** What is done to a run when a message of it comes by. */
export type Disturb = (run: Running, message: Passing) => void | Promise<void>;

/**
 * A source, prepared targets, and what an undisturbed transfer makes of them: the measure for every
 * disturbed one.
 */
export class FaultBench {
  readonly folder: string;
  readonly source: string;
  readonly targets: Targets;
  /** Messages that an undisturbed run sends. */
  messages = 0;
  #undisturbed: Record<string, unknown> = {};

  private constructor(folder: string, targets: Targets, events?: number) {
    this.folder = folder;
    this.source = makeSource(folder, 'legacy.db', events);
    this.targets = targets;
  }

  /**
   * @param server a superuser's URL; the shared server of the tests when omitted
   * @param events rows of the largest table; so many when omitted that they are copied in several ranges
   */
  static async open({ server, events }: { server?: string; events?: number } = {}): Promise<FaultBench> {
    const folder = mkdtempSync(join(tmpdir(), 'vatevo-faults-'));
    const bench = new FaultBench(folder, await Targets.prepare(server), events);
    const url = await bench.targets.create();
    const proxy = await startProxy(url);
    const { code, stderr } = await callTransfer(bench.source, proxy.url);
    if (code !== 0) throw new Error(stderr);
    bench.messages = proxy.passed;
    bench.#undisturbed = await contentOf(url);
    await proxy.close();
    await bench.targets.drop(url);
    return bench;
  }

  async close(): Promise<void> {
    await this.targets.dropAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a transfer into the target until `when` holds of a message, and then does `disturb` to it, once. */
  async disturbed(
    url: string,
    when: (message: Passing) => boolean,
    disturb: Disturb,
    args: readonly string[] = [],
  ): Promise<Outcome> {
    let run: Running | undefined;
    let done = false;
    const proxy = await startProxy(url, async (message) => {
      if (done || run === undefined || !when(message)) return;
      done = true;
      await disturb(run, message);
    });
    run = startTransfer(this.source, proxy.url, args);
    try {
      return await run.ended;
    } finally {
      await proxy.close();
    }
  }

  /** The same command again must end well, and its result be that of an undisturbed run. */
  async expectRecovery(url: string, args: readonly string[] = []): Promise<void> {
    const { code, stderr } = await callTransfer(this.source, url, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await contentOf(url)).toEqual(this.#undisturbed);
  }

  /** While a transfer is unfinished, and only then, ops:prepare-postgres refuses the target. */
  async expectRefusedWhileUnfinished(url: string): Promise<void> {
    const state = await stateOf(url);
    const { code } = await callOps('prepare-postgres', [], url);
    expect(code).toBe(state === undefined || state === 'complete' ? 0 : 4);
  }
}

/** The n-th message, from 0, whose statement matches. */
export function nth(n: number, pattern: RegExp): (message: Passing) => boolean {
  let seen = 0;
  return ({ sql }) => pattern.test(sql) && seen++ === n;
}

/** The n-th message of COPY data. */
export function nthCopyData(n: number): (message: Passing) => boolean {
  let seen = 0;
  return ({ type }) => type === 'd' && seen++ === n;
}

/** Kills a run before it has sent the message. */
export const kill: Disturb = ({ child }, { client }) => {
  child.kill('SIGKILL');
  client.destroy();
};
