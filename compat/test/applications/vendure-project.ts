/** What `@vendure/create` writes: the configuration, a script for its tables, and products to begin with. */
export const vendureProject: Readonly<Record<string, string>> = {
  'index.js': `const { bootstrap, DefaultJobQueuePlugin, DefaultSearchPlugin, dummyPaymentHandler, LanguageCode } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { DATABASE_URL, DATABASE_FILE, PORT } = process.env;
const config = {
  apiOptions: { port: Number(PORT), hostname: '127.0.0.1', adminListQueryLimit: 1000, adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: {
    superadminCredentials: { identifier: 'superadmin', password: 'correct horse' },
    cookieOptions: { secret: 'cookie' },
  },
  dbConnectionOptions: {
    synchronize: true,
    ...(DATABASE_URL ? { type: 'postgres', url: DATABASE_URL } : { type: 'better-sqlite3', database: DATABASE_FILE }),
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  customFields: {
    Product: [
      { name: 'motto', type: 'localeString' },
      { name: 'notes', type: 'text' },
      { name: 'amount', type: 'int' },
      { name: 'weight', type: 'float' },
      { name: 'isRare', type: 'boolean' },
      { name: 'since', type: 'datetime' },
      { name: 'parts', type: 'string', list: true },
      { name: 'size', type: 'struct', fields: [{ name: 'width', type: 'int' }, { name: 'label', type: 'string' }] },
    ],
  },
  plugins: [DefaultJobQueuePlugin.init({ useDatabaseForBuffer: true }), DefaultSearchPlugin.init({})],
};
const start = () => bootstrap(config);
const done = (app) => app.close();
const work = {
  serve: start,
  tables: () => start().then(done),
  populate: () => populate(start, require('./initial-data.json'), require.resolve('./products.csv')).then(done),
}[process.argv[2]];
work().catch((error) => {
  console.error(error);
  process.exit(1);
});
`,
  'initial-data.json': JSON.stringify({
    defaultLanguage: 'en',
    defaultZone: 'Europe',
    roles: [{ code: 'reader', description: 'Reader', permissions: ['ReadCatalog', 'ReadOrder'] }],
    taxRates: [
      { name: 'Standard Tax', percentage: 20 },
      { name: 'Reduced Tax', percentage: 5.5 },
    ],
    shippingMethods: [
      { name: 'Standard Shipping', price: 500 },
      { name: 'Express Shipping', price: 1000 },
    ],
    paymentMethods: [
      {
        name: 'Standard Payment',
        handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] },
      },
    ],
    collections: [
      {
        name: 'Werkzeuge',
        filters: [
          { code: 'facet-value-filter', args: { facetValueNames: ['Werkzeug'], containsAny: false } },
        ],
      },
    ],
    countries: ['AT', 'AX', 'CH', 'CI', 'CZ', 'DE', 'DK', 'FR', 'GB', 'HU', 'PL', 'TR'].map((code) => ({
      code,
      name: new Intl.DisplayNames(['en'], { type: 'region' }).of(code),
      zone: code === 'CI' ? 'Africa' : 'Europe',
    })),
  }),
  'products.csv': products(40),
};

/** Each with three variants. */
function products(count: number): string {
  const columns =
    'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets';
  const rows = Array.from({ length: count }, (_, i) => [
    `Säge ${i} 🐘,saege-${i},"Für ""alles"", <b>${i}</b>",,category:Werkzeug|Farbe:Grün,size,S,S-${i},${i}.25,standard,${i},false,,`,
    `,,,,,,M,M-${i},${i}.5,standard,${i * 2},true,,`,
    `,,,,,,L,L-${i},${i + 1000}.99,reduced,0,false,,`,
  ]);
  return [columns, ...rows.flat()].join('\n');
}
