/**
 * Prints how many lines of product code a commit has, and in which folders: `pnpm lines [COMMIT [FOLDER]]`, HEAD when
 * omitted. With a folder, such as `packages/db/src`, it prints what is below that.
 * Product code is what packages, apps and ops hold in `src` and `bin`, and the scripts; what is generated or for tests
 * alone is none. Blank lines are not counted, and lines that hold a comment alone stand apart.
 */
import { execFileSync } from 'node:child_process';
import { main } from './lib/main.mjs';
import { root } from './lib/workspace.mjs';

const PRODUCT =
  /^((?:packages|apps)\/[^/]+|ops)\/(?:src|bin)\/.*\.m?[jt]s$|^(scripts)\/(?!test\/|templates\/).*\.mjs$/;
const NONE = /\/generated\/|\/examples\.ts$|^packages\/test-kit\/|\.d\.m?ts$/;

/** @param {string} rev @param {string | undefined} under */
function filesOf(rev, under) {
  const list = execFileSync('git', ['ls-tree', '-r', '--name-only', rev], { cwd: root, encoding: 'utf8' });
  return list.split('\n').flatMap((path) => {
    const [, folder, scripts] = PRODUCT.exec(path) ?? [];
    const of = folder ?? scripts;
    if (of === undefined || NONE.test(path)) return [];
    if (under === undefined) return [{ path, folder: of }];
    return path.startsWith(`${under}/`)
      ? [{ path, folder: path.slice(under.length + 1).replace(/\/.*/, '/') }]
      : [];
  });
}

/**
 * What files hold at a commit, in their order, by one git for all.
 *
 * @param {string} rev @param {readonly string[]} paths
 */
function textsOf(rev, paths) {
  const asked = paths.map((path) => `${rev}:${path}\n`).join('');
  const answer = execFileSync('git', ['cat-file', '--batch'], {
    cwd: root,
    input: asked,
    maxBuffer: 2 ** 30,
  });
  let at = 0;
  return paths.map(() => {
    // `<hash> blob <bytes>`, then so many bytes and a line feed.
    const start = answer.indexOf('\n', at) + 1;
    const end = start + Number(answer.toString('latin1', at, start).split(' ')[2]);
    at = end + 1;
    return answer.toString('utf8', start, end);
  });
}

/** @param {string} text */
function count(text) {
  let [code, comments, isInside] = [0, 0, false];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const isComment = isInside || line.startsWith('//') || line.startsWith('/*');
    if (isComment) comments++;
    else code++;
    if (line.startsWith('/*')) isInside = true;
    if (isInside && line.includes('*/')) isInside = false;
  }
  return { code, comments };
}

await main(async () => {
  const [rev = 'HEAD', under] = process.argv.slice(2);
  /** @type {Map<string, { files: number, code: number, comments: number }>} */
  const folders = new Map();
  const files = filesOf(rev, under);
  const texts = textsOf(
    rev,
    files.map(({ path }) => path),
  );
  for (const [index, { folder }] of files.entries()) {
    const { code, comments } = count(texts[index] ?? '');
    for (const name of [folder, 'all']) {
      const sum = folders.get(name) ?? { files: 0, code: 0, comments: 0 };
      folders.set(name, { files: sum.files + 1, code: sum.code + code, comments: sum.comments + comments });
    }
  }
  const rows = [...folders].map(([folder, sum]) => ({ folder, ...sum, lines: sum.code + sum.comments }));
  console.table(rows.sort((a, b) => b.lines - a.lines));
  return 0;
});
