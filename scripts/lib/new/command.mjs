import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Changes } from './changes.mjs';
import { camel, requireKebab } from './names.mjs';

const INDEX = 'ops/src/commands/index.ts';
const SCRIPTS = 'package.json';
const HELP_PAGE = 'ops/README.md';
const DOCUMENTED = 'ops/test/documented-commands.test.ts';

/** What commander and the module of all commands have for themselves. */
const RESERVED = ['help', 'index'];

/**
 * A command of vatevo-ops that connects, asks and answers: its options, its work, its root script, its line in
 * ops/README.md, and a test of each of its exit codes.
 *
 * @param {string} root the repository's folder
 * @param {readonly string[]} args its name
 * @returns {readonly string[]} the files
 */
export function newCommand(root, [given]) {
  const name = requireKebab('a command', given, 'list-tenants');
  if (RESERVED.includes(name)) throw new Error(`"${name}" is reserved: choose another name for the command.`);
  const changes = new Changes(root);
  const { scripts } = JSON.parse(changes.read(SCRIPTS));
  // The commands for any database are commands of vatevo-ops, too, with or without a root script.
  if (
    Object.hasOwn(scripts, `ops:${name}`) ||
    existsSync(join(root, 'packages/mover/src/commands', `${name}.ts`))
  ) {
    throw new Error(`There is a command ${name} already: choose another name.`);
  }
  if (existsSync(join(root, 'ops/src', name))) {
    throw new Error(`There is a folder ops/src/${name} already: choose another name for the command.`);
  }
  const words = { name, camel: camel(name) };
  changes.createFrom(`ops/src/commands/${name}.ts`, 'command/register.ts.tmpl', words);
  changes.createFrom(`ops/src/${name}/${name}.ts`, 'command/work.ts.tmpl', words);
  changes.createFrom(`ops/test/${name}.test.ts`, 'command/work.test.ts.tmpl', words);

  changes.edit(INDEX, (text) => withImport(text, words).replace(/\n\];\n$/, `\n  ${words.camel},\n];\n`));
  changes.edit(SCRIPTS, (text) =>
    text.replace(
      /( +"ops:[^\n]+\n)(?! +"ops:)/,
      `$1    "ops:${name}": "node ops/bin/vatevo-ops.mjs ${name}",\n`,
    ),
  );
  changes.edit(HELP_PAGE, (text) =>
    text.replace(
      /(^\| `pnpm ops:[^\n]+\n)(?!\| `pnpm ops:)/m,
      (last) =>
        `${last}| \`pnpm ops:${name} [--url-env NAME] [--json]\` | says how many tables the database of \`POSTGRES_URL\` has |\n`,
    ),
  );
  changes.edit(DOCUMENTED, (text) =>
    text.replace(/( {2}'ops:[a-z][^\n]+\n)(?! {2}'ops:)/, `$1  'ops:${name}': 'ops/test/${name}.test.ts',\n`),
  );
  return changes.write();
}

/**
 * The imports in the order in which the linter wants them.
 *
 * @param {string} text
 * @param {{ name: string, camel: string }} words
 */
function withImport(text, { name, camel: local }) {
  const lines = text.split('\n');
  const own = lines.filter((line) => line.startsWith('import { register as '));
  const added = `import { register as ${local} } from './${name}.ts';`;
  /** @param {string} line */
  const from = (line) => /'(.*)\.ts'/.exec(line)?.[1] ?? '';
  const sorted = [...own, added].sort((a, b) => (from(a) < from(b) ? -1 : 1));
  const first = lines.indexOf(own[0] ?? '');
  return [...lines.slice(0, first), ...sorted, ...lines.slice(first + own.length)].join('\n');
}
