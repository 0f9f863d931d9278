import type { EngineDatabase } from '../engine/database.ts';
import { SchemaEngineError } from '../engine/error.ts';
import { ENGINE_COMMIT } from '../engine/wasm.ts';
import { type Command, parseInvocation } from './arguments.ts';
import { openDatabase, readTarget } from './datasource.ts';
import type { Guard } from './guard.ts';
import { log } from './log.ts';
import { serve } from './serve.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * A schema engine as the Prisma CLI starts it. Resolves to the exit code.
 *
 * 0 done, or served until the CLI went away · 1 failed, the reason is on stderr.
 *
 * @param guard may refuse what the CLI asks for
 */
export async function main(argv: readonly string[], env: Env, guard?: Guard): Promise<number> {
  try {
    const invocation = parseInvocation(argv);
    switch (invocation.kind) {
      case 'version':
        process.stdout.write(`schema-engine-cli ${ENGINE_COMMIT}\n`);
        return 0;
      case 'command':
        log('INFO', 'Starting schema engine CLI');
        if (invocation.command === 'drop-database') {
          const target = readTarget(invocation.datasource.url, env);
          await guard?.({ method: invocation.command, params: undefined, target });
        }
        log('INFO', await run(invocation.command, openDatabase(invocation.datasource, env)));
        return 0;
      case 'serve':
        return await serve(invocation, env, guard);
    }
  } catch (error) {
    log('ERROR', (error as Error).message, error instanceof SchemaEngineError ? error.code : undefined);
    return 1;
  }
}

async function run(command: Command, database: EngineDatabase): Promise<string> {
  switch (command) {
    case 'can-connect-to-database':
      await database.check();
      return 'Connection successful';
    case 'create-database':
      return `Database '${await database.create()}' was successfully created.`;
    case 'drop-database':
      await database.drop();
      return 'The database was successfully dropped.';
  }
}
