import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../..', import.meta.url);
/** @param {string} file */
const text = (file) => readFileSync(new URL(file, root), 'utf8');

/**
 * The packages as the table in docs/architecture.md has them, with the names of those that each imports.
 *
 * @throws Error when a package is missing from the table, or does not declare what the table says
 */
export function readMap() {
  const rows = text('docs/architecture.md').matchAll(
    /^\| `([^`]+)` \| `@vatevo\/[^`]+` \|.*\| ([^|]+) \|$/gm,
  );
  const written = [...rows].map(([, folder = '', imports = '']) => ({
    folder,
    imports: imports.split(', ').filter((one) => one !== '–'),
  }));
  const missing = packageFolders().filter((folder) => !written.some((row) => row.folder === folder));
  const faults = [
    ...missing.map((folder) => `docs/architecture.md has no line for ${folder}: add one to its table.`),
    ...written.flatMap(undeclared),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return written;
}

/** `scripts` is for the workspace itself, and imports none of its packages. */
function packageFolders() {
  const inside = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(new URL(folder, root)).map((name) => `${folder}/${name}`),
  );
  return [...inside, 'ops', 'bench'];
}

/**
 * What a line of the table says and the package does not, and the other way round.
 *
 * @param {{ folder: string, imports: string[] }} line
 */
function undeclared({ folder, imports }) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(text(`${folder}/package.json`));
  /** @param {Record<string, string>} group */
  const ours = (group) =>
    Object.keys(group).flatMap((name) =>
      name.startsWith('@vatevo/') ? [name.slice('@vatevo/'.length)] : [],
    );
  const declared = [...ours(dependencies), ...ours(devDependencies)];
  return [
    ...imports
      .filter((name) => !declared.includes(name))
      .map(
        (name) => `docs/architecture.md says that ${folder} imports ${name}, which its package.json lacks.`,
      ),
    ...ours(dependencies)
      .filter((name) => !imports.includes(name))
      .map(
        (name) =>
          `docs/architecture.md does not say that ${folder} imports ${name}: add it to its table, or drop it.`,
      ),
  ];
}
