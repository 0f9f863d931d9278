#!/usr/bin/env node
// Moves a Directus from SQLite to PostgreSQL, and compares what its API answers before and after. See README.md.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

const [installed] = process.argv.slice(2);
const { POSTGRES_URL } = process.env;
const cli = resolve(installed ?? '', 'node_modules/directus/cli.js');
if (installed === undefined || POSTGRES_URL === undefined || !existsSync(cli)) {
  console.error(
    'usage: POSTGRES_URL=postgresql://… node directus.mjs FOLDER, in which directus is installed',
  );
  process.exit(2);
}
const mover = fileURLToPath(new URL('../../packages/mover/bin/mover.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'directus-'));
const source = join(folder, 'data.db');
const PORT = '8055';
const ADMIN = { email: 'admin@example.org', password: 'correct horse' };

const url = new URL(POSTGRES_URL);
const COMMON = {
  PATH: process.env.PATH,
  PORT,
  KEY: 'key',
  SECRET: 'secret',
  TELEMETRY: 'false',
  LOG_LEVEL: 'error',
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
};
const SQLITE = { ...COMMON, DB_CLIENT: 'sqlite3', DB_FILENAME: source };
const POSTGRES = {
  ...COMMON,
  DB_CLIENT: 'pg',
  DB_HOST: url.hostname,
  DB_PORT: url.port || '5432',
  DB_DATABASE: url.pathname.slice(1),
  DB_USER: decodeURIComponent(url.username),
  DB_PASSWORD: decodeURIComponent(url.password),
};

function run(args, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: installed,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

/** Works with a Directus that is started on a database. */
async function serve(env, work) {
  const server = spawn(process.execPath, [cli, 'start'], { cwd: installed, env, stdio: 'inherit' });
  try {
    for (let i = 0; ; i++) {
      const up = await fetch(`http://127.0.0.1:${PORT}/server/ping`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) break;
      if (i > 240) throw new Error('Directus does not answer');
      await sleep(500);
    }
    const { data } = await ask('POST', '/auth/login', ADMIN);
    return await work((method, path, body) => ask(method, path, body, data.access_token));
  } finally {
    server.kill();
    await new Promise((done) => server.once('exit', done));
  }
}

async function ask(method, path, body, token) {
  const answer = await fetch(`http://127.0.0.1:${PORT}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

/** A collection with a field of each kind, as an editor makes it in the application, and its items. */
async function fill(api) {
  const field = (name, type, special, schema = {}) => ({
    field: name,
    type,
    meta: special ? { special: [special] } : {},
    schema,
  });
  await api('POST', '/collections', {
    collection: 'articles',
    meta: {},
    schema: {},
    fields: [
      {
        field: 'id',
        type: 'integer',
        meta: { hidden: true },
        schema: { is_primary_key: true, has_auto_increment: true },
      },
      field('title', 'string'),
      field('body', 'text'),
      field('published', 'boolean', 'cast-boolean', { default_value: false }),
      field('tags', 'json', 'cast-json'),
      field('price', 'decimal', undefined, { numeric_precision: 10, numeric_scale: 2 }),
      field('rating', 'float'),
      field('day', 'date'),
      field('clock', 'time'),
      field('at', 'timestamp'),
      field('made', 'dateTime'),
      field('token', 'uuid', 'uuid'),
      field('author', 'uuid', 'm2o'),
    ],
  });
  await api('POST', '/relations', {
    collection: 'articles',
    field: 'author',
    related_collection: 'directus_users',
  });
  const { data: me } = await api('GET', '/users/me');
  for (let i = 0; i < 25; i++) {
    await api('POST', '/items/articles', {
      title: `Titel ${i} — “ü” 🐘`,
      body: i % 3 === 0 ? null : `line 1\nline ${i}`,
      published: i % 2 === 0,
      tags: i % 4 === 0 ? null : ['a', `b${i}`],
      price: i * 1.25,
      rating: i / 4,
      day: '2024-02-29',
      clock: '08:30:00',
      at: `2024-05-01T10:20:${10 + i}.000Z`,
      made: `2024-05-01T10:20:${10 + i}`,
      author: i % 5 === 0 ? null : me.id,
    });
  }
}

/** Everything that a visitor of the API sees. Decimals are texts in PostgreSQL, and numbers in SQLite. */
async function read(api) {
  const { data: articles } = await api('GET', '/items/articles?sort=id&limit=-1&fields=*,author.email');
  const { data: users } = await api(
    'GET',
    '/users?sort=email&fields=id,email,status,role.name,role.admin_access',
  );
  const { data: fields } = await api('GET', '/fields/articles');
  return {
    articles: articles.map((article) => ({
      ...article,
      price: article.price === null ? null : Number(article.price),
    })),
    users,
    fields: fields.map(({ field }) => field).toSorted(),
  };
}

run([cli, 'bootstrap'], SQLITE);
const before = await serve(SQLITE, async (api) => {
  await fill(api);
  return read(api);
});
const snapshot = join(folder, 'snapshot.yaml');
run([cli, 'schema', 'snapshot', '--yes', snapshot], SQLITE);
run([cli, 'bootstrap'], POSTGRES);
run([cli, 'schema', 'apply', '--yes', snapshot], POSTGRES);

const mapping = join(folder, 'move.json');
const move = (...args) => run([mover, ...args, '--source', source], { PATH: process.env.PATH, POSTGRES_URL });
console.log(move('plan', '--out', mapping));
const plan = JSON.parse(readFileSync(mapping, 'utf8'));
for (const [name, question] of Object.entries(plan.questions ?? {})) {
  // What bootstrap wrote into PostgreSQL goes for what the editors have; nothing else may be open.
  if (!('replace' in question.candidates)) throw new Error(`open: ${name}: ${question.question}`);
  question.answer = 'replace';
}
writeFileSync(mapping, JSON.stringify(plan, null, 2));
console.log(move('transfer', '--mapping', mapping, '--report', folder));
const after = await serve(POSTGRES, async (api) => {
  const seen = await read(api);
  const { data } = await api('POST', '/items/articles', { title: 'After the move' });
  if (data.id !== before.articles.length + 1) throw new Error(`the next id is ${data.id}`);
  return seen;
});
if (!isDeepStrictEqual(after, before)) {
  writeFileSync(join(folder, 'before.json'), JSON.stringify(before, null, 1));
  writeFileSync(join(folder, 'after.json'), JSON.stringify(after, null, 1));
  throw new Error(`the API answers otherwise: compare before.json and after.json in ${folder}`);
}
console.log(
  `The API answers alike: ${after.articles.length} articles, ${after.users.length} users, ${after.fields.length} fields.`,
);
