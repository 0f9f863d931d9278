// The process: `node dist/main.js`. Everything it needs comes from the environment, or the file .env.
import { ConfigurationError, loadEnvFile } from '@vatevo/connection';
import { createLog } from './log.ts';
import { ProcessFailedError } from './processes/first.ts';
import { findOthers } from './processes/one-of-several.ts';
import { runProcesses } from './processes/run.ts';
import { StartError } from './server/start-error.ts';
import { startService } from './server/start-service.ts';
import { stopOnSignals } from './server/stop-on-signals.ts';
import { readSettings } from './settings.ts';

/** What a person has to put right before the process can start, in a sentence; no stack. */
function explain(error: unknown): string | undefined {
  if (error instanceof ConfigurationError || error instanceof StartError) return error.message;
  return undefined;
}

// Package managers start it in the package's folder; `.env` and paths are meant from where the user is.
process.chdir(process.env.INIT_CWD ?? '.');

try {
  loadEnvFile();
  const log = createLog();
  const config = readSettings(process.env);
  const others = findOthers(process.env);
  const { processes } = config;
  if (processes !== undefined && others === undefined) {
    await runProcesses({ ...config, processes }, log);
  } else {
    const service = await startService(config, log, others);
    stopOnSignals(service, log, others);
  }
} catch (error) {
  // That process has said why.
  if (error instanceof ProcessFailedError) process.exit(error.exitCode);
  const sentence = explain(error);
  if (sentence === undefined) throw error;
  process.stderr.write(`${sentence}\n`);
  process.exit(error instanceof ConfigurationError ? 2 : 1);
}
