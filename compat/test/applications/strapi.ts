import type { Api } from './api.ts';
import type { NpmApplication } from './application.ts';
import { strapiProject } from './strapi-project.ts';

const ADMIN = { email: 'admin@example.org', password: 'Correct horse 1' };
const ARTICLES = 60;
const CATEGORIES = 10;

/** With drafts, two languages, components, a dynamic zone and an uploaded file. */
export const strapi: NpmApplication = {
  packages: {
    '@strapi/plugin-users-permissions': '5.54.0',
    '@strapi/strapi': '5.54.0',
    'better-sqlite3': '12.11.1',
    pg: '8.20.0',
    react: '18.3.1',
    'react-dom': '18.3.1',
    'react-router-dom': '6.30.3',
    'styled-components': '6.1.19',
  },
  files: strapiProject,
  start: ['node_modules/@strapi/strapi/bin/strapi.js', 'start'],
  started: 'Strapi started successfully',
  environment: (where, port) => ({
    PORT: `${port}`,
    NODE_ENV: 'production',
    STRAPI_TELEMETRY_DISABLED: 'true',
    STRAPI_DISABLE_UPDATE_NOTIFICATION: 'true',
    APP_KEYS: 'one,two',
    ADMIN_JWT_SECRET: 'admin',
    API_TOKEN_SALT: 'salt',
    TRANSFER_TOKEN_SALT: 'transfer',
    ENCRYPTION_KEY: 'a key of thirty-two characters, or so',
    JWT_SECRET: 'jwt',
    ...('sqlite' in where ? { DATABASE_FILENAME: where.sqlite } : { DATABASE_URL: where.postgres }),
  }),
  async signUp(api) {
    await api.post('/admin/register-admin', { ...ADMIN, firstname: 'Ada', lastname: 'Žižka' });
    await signIn(api);
  },
  signIn,
  async fill(api) {
    await api.post('/i18n/locales', { code: 'de', name: 'Deutsch', isDefault: false });
    await api.post('/admin/api-tokens', {
      name: 'reader',
      description: '',
      type: 'read-only',
      lifespan: null,
    });
    const form = new FormData();
    form.set('files', new Blob(['Grüße 🐘'], { type: 'text/plain' }), 'grüße.txt');
    const [file] = await api.post('/upload', form);
    const categories: string[] = [];
    for (let i = 0; i < CATEGORIES; i += 1) {
      const parent = categories[i - 5];
      const { data } = await api.post(content('category'), { name: `Sparte ${i}`, weight: i, parent });
      categories.push(data.documentId);
    }
    for (let i = 0; i < ARTICLES; i += 1) {
      const { data } = await api.post(content('article'), article(i, file.id, categories));
      const path = `${content('article')}/${data.documentId}`;
      if (i % 3 !== 0) await api.post(`${path}/actions/publish`, {});
      if (i % 10 === 0) await api.put(`${path}?locale=de`, { title: `Artikel ${i} “Ü”` });
    }
  },
  async read(api) {
    const list = async (name: string, more = '') =>
      (await api.get(`${content(name)}?page=1&pageSize=1000&sort=id:ASC${more}`)).results;
    const articles = await list('article');
    const whole = [];
    for (const { documentId } of articles.slice(0, 12)) {
      whole.push(await api.get(`${content('article')}/${documentId}`));
    }
    return {
      articles,
      whole,
      published: await list('article', '&status=published'),
      german: await list('article', '&locale=de'),
      categories: await list('category'),
      files: await api.get('/upload/files?sort=id:ASC'),
      locales: await api.get('/i18n/locales'),
      users: await api.get('/admin/users?sort=id:ASC'),
      roles: await api.get('/admin/roles'),
      tokens: await api.get('/admin/api-tokens'),
      visitors: await api.get('/users-permissions/roles'),
      configuration: await api.get('/content-manager/content-types/api::article.article/configuration'),
    };
  },
  async goOn(api) {
    const form = new FormData();
    form.set('files', new Blob(['later'], { type: 'text/plain' }), 'later.txt');
    const [file] = await api.post('/upload', form);
    const { data: category } = await api.post(content('category'), { name: 'After the move' });
    const { data } = await api.post(content('article'), article(ARTICLES, file.id, [category.documentId]));
    await api.post(`${content('article')}/${data.documentId}/actions/publish`, {});
    await api.post('/i18n/locales', { code: 'fr', name: 'Français', isDefault: false });
  },
};

const content = (name: string) => `/content-manager/collection-types/api::${name}.${name}`;

function article(i: number, file: number, categories: readonly string[]) {
  const some = <Value>(every: number, value: Value) => (i % every === 0 ? null : value);
  return {
    title: `Artikel ${i} — “ü” 🐘`,
    slug: `artikel-${i}`,
    lead: some(3, `line 1\nline ${i}`),
    body: `**${i}** \\ 'quoted'`,
    blocks: some(4, [{ type: 'paragraph', children: [{ type: 'text', text: `Absatz ${i} ß` }] }]),
    pages: some(5, i - 100),
    views: some(6, `${9_007_199_254_740_000 + i}`),
    price: some(7, i * 1.25),
    rating: some(8, i / 3),
    day: some(9, `2024-02-${10 + (i % 20)}`),
    clock: some(10, `08:30:${10 + (i % 50)}.125`),
    at: some(11, new Date(Date.UTC(2024, 4, 1, 10, 20, i, 123)).toISOString()),
    isPinned: i % 2 === 0,
    facts: some(12, { tags: ['a', `b${i}`], size: i / 4, deep: { ключ: null } }),
    mood: some(2, 'glad'),
    contact: some(13, `person-${i}@example.org`),
    secret: some(14, `password ${i}`),
    cover: some(3, file),
    categories: {
      connect: categories.filter((_, at) => at % 7 === i % 7).map((documentId) => ({ documentId })),
    },
    parts: Array.from({ length: i % 4 }, (_, at) => ({ label: `Teil ${at}`, amount: at + 0.5 })),
    zone: [
      { __component: 'shared.quote', text: `„${i}“`, said: '1999-12-31' },
      { __component: 'shared.part', label: 'zone', amount: i },
    ],
  };
}

async function signIn(api: Api): Promise<void> {
  const { data } = await api.post('/admin/login', ADMIN);
  api.headers.Authorization = `Bearer ${data.token ?? data.accessToken}`;
}
