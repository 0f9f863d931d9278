/**
 * `pnpm new:model NAME [FIELD:TYPE …] [--table NAME]`, `pnpm new:package NAME [WHAT IT KNOWS]`, `pnpm new:command NAME`:
 * writes what the checks want of a new one, so that what is left to write is what it is for.
 */
import './lib/require-node.mjs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './lib/child.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { newCommand } from './lib/new/command.mjs';
import { newModel } from './lib/new/model.mjs';
import { newPackage } from './lib/new/package.mjs';
import { withPnpm } from './lib/pnpm.mjs';
import { root } from './lib/workspace.mjs';

/** @type {Record<string, (args: readonly string[], options: { table?: string | undefined }) => Promise<number>>} */
const KINDS = {
  async model(args, options) {
    const { files, migration } = newModel(root, args, options);
    say(files);
    const migrate = [join(root, 'scripts/command.mjs'), 'db', 'migrate', '--name', migration];
    const made = await run(process.execPath, migrate, { cwd: root, env: process.env });
    if (made !== 0) {
      console.error(
        `The model is written, its migrations are not: then run pnpm db:migrate --name ${migration}`,
      );
      return made;
    }
    next('pnpm build', 'pnpm db:check', `(cd packages/db && pnpm exec vitest run ${testOf(files)})`);
    return 0;
  },

  async package(args) {
    const files = newPackage(root, args);
    say(files);
    // The lockfile has a part for each package, and each has a node_modules of its own.
    const install = ['install', '--prefer-offline', '--no-frozen-lockfile'];
    const installed = await run('pnpm', install, { cwd: root, env: withPnpm() });
    if (installed === 0) next(`pnpm test --filter=@vatevo/${args[0]}`, 'pnpm lint');
    return installed;
  },

  async command(args) {
    const files = newCommand(root, args);
    say(files);
    next(
      'pnpm build',
      `pnpm ops:${args[0]}`,
      `(cd ops && pnpm exec vitest run ${testOf(files)})`,
      'pnpm lint',
    );
    return 0;
  },
};

/** @param {readonly string[]} files */
const testOf = (files) => files.find((file) => file.endsWith('.test.ts'))?.replace(/^.*?(?=test\/)/, '');

/** @param {readonly string[]} files */
function say(files) {
  console.log(['Written:', ...files.map((file) => `  ${file}`)].join('\n'));
}

/** @param {readonly string[]} commands */
function next(...commands) {
  console.log(['Next:', ...commands.map((command) => `  ${command}`)].join('\n'));
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { table: { type: 'string' } },
  });
  const [kind = '', ...args] = positionals;
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (make === undefined) throw new Error('Say what is to be made: model, package or command.');
  const installed = await ensureInstalled();
  return installed === 0 ? make(args, values) : installed;
});
