import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Changes } from './changes.mjs';
import { pascal, requireKebab } from './names.mjs';

const MAP = 'docs/architecture.md';

/** The last of packages/ in the table of docs/architecture.md. */
const LAST_LINE = /(^\| `packages\/[^\n]+\n)(?!\| `packages\/)/m;

/** The last of packages/ in the map of README.md. */
const LAST_OF_MAP = /(^packages\/\S+ [^\n]+\n)(?!packages\/)/m;

/**
 * A package that others import, with its lines in the table of packages and in the README.
 *
 * @param {string} root the repository's folder
 * @param {readonly string[]} args its name, and what it knows, for the table
 * @returns {readonly string[]} the files
 */
export function newPackage(root, [given, knows]) {
  const name = requireKebab('a package', given, 'price-list');
  const folder = ['packages', 'apps', '.'].find((each) => existsSync(join(root, each, name)));
  if (folder !== undefined) {
    throw new Error(`There is ${join(folder, name)} already: choose another name for the package.`);
  }
  const what = knows ?? `all there is to know of ${name}`;
  const words = { name, Name: pascal(name) };
  const changes = new Changes(root);
  for (const file of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts']) {
    changes.createFrom(`packages/${name}/${file}`, `package/${file}.tmpl`, words);
  }
  changes.createFrom(`packages/${name}/src/index.ts`, 'package/src/index.ts.tmpl', words);
  changes.createFrom(`packages/${name}/test/index.test.ts`, 'package/test/index.test.ts.tmpl', words);
  const line = `| \`packages/${name}\` | \`@vatevo/${name}\` | ${inTable(what)} | – |\n`;
  changes.edit(MAP, (text) => text.replace(LAST_LINE, (last) => last + line));
  changes.edit('README.md', (text) =>
    text.replace(LAST_OF_MAP, (last) => `${last}${`packages/${name}/`.padEnd(25)} ${inTable(what)}\n`),
  );
  return changes.write();
}

/** @param {string} text */
const inTable = (text) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
