/**
 * `pnpm pack:mover [FOLDER]`: one tarball of the mover, for a machine that has Node and npm alone. The packages of this
 * workspace that it needs are inside; what they need of npm's is named, in the very versions that are tested here.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const OURS = '@vatevo/';

/** @param {string} folder */
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/**
 * The packages of the workspace that one of them needs, itself among them, and what they all need of npm's.
 *
 * @typedef {{ folder: string, manifest: any }} Package
 * @param {string} name
 * @param {{ ours: Map<string, Package>, npm: Record<string, string> }} found
 */
function gather(name, found = { ours: new Map(), npm: {} }) {
  const folder = join(root, 'packages', name.slice(OURS.length));
  const manifest = manifestOf(folder);
  found.ours.set(name, { folder, manifest });
  for (const needed of Object.keys(manifest.dependencies ?? {})) {
    if (!needed.startsWith(OURS))
      found.npm[needed] = manifestOf(join(folder, 'node_modules', needed)).version;
    else if (!found.ours.has(needed)) gather(needed, found);
  }
  return found;
}

/**
 * What Node needs of a package: its built code, without types and maps.
 *
 * @param {Package} of
 * @param {string} to
 * @param {object} more of its manifest
 */
function copyPackage({ folder, manifest }, to, more) {
  mkdirSync(to, { recursive: true });
  for (const part of ['bin', 'dist']) {
    if (!manifest.files.includes(part)) continue;
    cpSync(join(folder, part), join(to, part), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|map)$/.test(path),
    });
  }
  const { name, version, license, type, exports, bin } = manifest;
  writeFileSync(
    join(to, 'package.json'),
    `${JSON.stringify({ name, version, license, type, exports, bin, ...more }, null, 2)}\n`,
  );
}

const out = resolve(process.argv[2] ?? '.');
mkdirSync(out, { recursive: true });
const staging = mkdtempSync(join(tmpdir(), 'vatevo-pack-'));
try {
  const { ours, npm } = gather(`${OURS}mover`);
  const [[, mover], ...inside] = /** @type {[[string, Package], ...[string, Package][]]} */ ([...ours]);
  for (const [name, found] of inside) copyPackage(found, join(staging, 'node_modules', name), {});
  copyPackage(mover, staging, {
    description: 'Moves any SQLite database into PostgreSQL, and back, with nothing lost.',
    engines: manifestOf(root).engines,
    dependencies: {
      ...Object.fromEntries(inside.map(([name, { manifest }]) => [name, manifest.version])),
      ...npm,
    },
    bundleDependencies: inside.map(([name]) => name),
  });
  cpSync(join(mover.folder, 'README.md'), join(staging, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(staging, 'LICENSE'));
  const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', out], {
    cwd: staging,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const packed = JSON.parse(printed);
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  process.stdout.write(`${join(out, filename.replace('@', '').replace('/', '-'))}\n`);
} finally {
  rmSync(staging, { recursive: true });
}
