/** What `create-strapi` writes, and the content types that an editor would add, as files. */
export const strapiProject: Readonly<Record<string, string>> = {
  'config/server.js': `module.exports = ({ env }) => ({
  host: '127.0.0.1', port: env.int('PORT'), app: { keys: env.array('APP_KEYS') },
});`,
  'config/admin.js': `module.exports = ({ env }) => ({
  auth: { secret: env('ADMIN_JWT_SECRET') },
  apiToken: { salt: env('API_TOKEN_SALT') },
  transfer: { token: { salt: env('TRANSFER_TOKEN_SALT') } },
  secrets: { encryptionKey: env('ENCRYPTION_KEY') },
  serveAdminPanel: false,
});`,
  'config/api.js': 'module.exports = { rest: { defaultLimit: 25, maxLimit: 1000, withCount: true } };',
  'config/plugins.js': `module.exports = ({ env }) => ({
  'users-permissions': { config: { jwtSecret: env('JWT_SECRET') } },
});`,
  'config/middlewares.js': `module.exports = ['logger', 'errors', 'security', 'cors', 'poweredBy', 'query', 'body', 'session', 'favicon', 'public']
  .map((name) => 'strapi::' + name);`,
  'config/database.js': `module.exports = ({ env }) => ({
  connection: env('DATABASE_URL')
    ? { client: 'postgres', connection: { connectionString: env('DATABASE_URL') } }
    : { client: 'sqlite', connection: { filename: env('DATABASE_FILENAME') }, useNullAsDefault: true },
});`,
  'src/index.js': 'module.exports = { register() {}, bootstrap() {} };',
  'public/uploads/.gitkeep': '',
  ...contentType(
    'article',
    'articles',
    { draftAndPublish: true },
    {
      title: { type: 'string', required: true, pluginOptions: { i18n: { localized: true } } },
      slug: { type: 'uid', targetField: 'title' },
      lead: { type: 'text' },
      body: { type: 'richtext' },
      blocks: { type: 'blocks' },
      pages: { type: 'integer' },
      views: { type: 'biginteger' },
      price: { type: 'decimal' },
      rating: { type: 'float' },
      day: { type: 'date' },
      clock: { type: 'time' },
      at: { type: 'datetime' },
      isPinned: { type: 'boolean', default: false },
      facts: { type: 'json' },
      mood: { type: 'enumeration', enum: ['calm', 'glad'] },
      contact: { type: 'email' },
      secret: { type: 'password' },
      cover: { type: 'media', multiple: false, allowedTypes: ['files', 'images'] },
      categories: {
        type: 'relation',
        relation: 'manyToMany',
        target: 'api::category.category',
        inversedBy: 'articles',
      },
      parts: { type: 'component', component: 'shared.part', repeatable: true },
      zone: { type: 'dynamiczone', components: ['shared.part', 'shared.quote'] },
    },
  ),
  ...contentType(
    'category',
    'categories',
    { draftAndPublish: false },
    {
      name: { type: 'string', unique: true },
      weight: { type: 'integer' },
      parent: { type: 'relation', relation: 'manyToOne', target: 'api::category.category' },
      articles: {
        type: 'relation',
        relation: 'manyToMany',
        target: 'api::article.article',
        mappedBy: 'categories',
      },
    },
  ),
  ...component('part', { label: { type: 'string' }, amount: { type: 'decimal' } }),
  ...component('quote', { text: { type: 'text' }, said: { type: 'date' } }),
};

function contentType(
  singularName: string,
  pluralName: string,
  options: object,
  attributes: object,
): Record<string, string> {
  const folder = `src/api/${singularName}`;
  const core = (kind: string) =>
    `module.exports = require('@strapi/strapi').factories.createCore${kind}('api::${singularName}.${singularName}');`;
  return {
    [`${folder}/content-types/${singularName}/schema.json`]: JSON.stringify({
      kind: 'collectionType',
      collectionName: pluralName,
      info: { singularName, pluralName, displayName: singularName },
      options,
      pluginOptions: { i18n: { localized: singularName === 'article' } },
      attributes,
    }),
    [`${folder}/controllers/${singularName}.js`]: core('Controller'),
    [`${folder}/routes/${singularName}.js`]: core('Router'),
    [`${folder}/services/${singularName}.js`]: core('Service'),
  };
}

function component(name: string, attributes: object): Record<string, string> {
  return {
    [`src/components/shared/${name}.json`]: JSON.stringify({
      collectionName: `components_shared_${name}s`,
      info: { displayName: name },
      options: {},
      attributes,
    }),
  };
}
