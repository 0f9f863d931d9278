import type { Api } from './api.ts';
import type { NpmApplication } from './application.ts';
import { vendureProject } from './vendure-project.ts';

const CUSTOMERS = 12;
const ORDERS = 6;
const CHANGED = 20;

/** A shop with orders, whose products have fields of all kinds. */
export const vendure: NpmApplication = {
  packages: { '@vendure/core': '3.7.3', 'better-sqlite3': '12.11.1', pg: '8.20.0' },
  files: vendureProject,
  start: ['index.js', 'serve'],
  started: 'now running on port',
  environment: (where, port) => ({
    PORT: `${port}`,
    // What TypeORM reads and writes as the times of a timestamp is that of the process.
    TZ: 'UTC',
    VENDURE_DISABLE_TELEMETRY: 'true',
    ...('sqlite' in where ? { DATABASE_FILE: where.sqlite } : { DATABASE_URL: where.postgres }),
  }),
  createTables: async (run, like) => void (await run('index.js', like ? 'tables' : 'populate')),
  signUp: signIn,
  signIn,
  async fill(api) {
    for (let i = 0; i < CUSTOMERS; i += 1) await makeCustomer(api, i);
    for (let i = 1; i <= CHANGED; i += 1) {
      await ask(api, 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { id } }', {
        input: {
          id: `${i}`,
          translations: [
            {
              languageCode: 'de',
              name: `Säge ${i}`,
              slug: `de-${i}`,
              description: 'ß',
              customFields: { motto: `„${i}“` },
            },
          ],
          customFields: {
            notes: i % 3 === 0 ? null : `line 1\nline ${i} 🐘`,
            amount: i - 20,
            weight: i / 3,
            isRare: i % 2 === 0,
            since: i % 4 === 0 ? null : new Date(Date.UTC(2024, 4, 1, 10, 20, i, 123)).toISOString(),
            parts: i % 5 === 0 ? [] : ['a', `b${i}`],
            size: { width: i, label: `${i} “cm”` },
          },
        },
      });
    }
    for (let i = 1; i <= ORDERS; i += 1) await makeOrder(api, i);
  },
  read: async (api) => ask(api, EVERYTHING),
  async goOn(api) {
    await makeCustomer(api, CUSTOMERS);
    await makeOrder(api, ORDERS + 1);
    const { createProduct } = await ask(
      api,
      'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id } }',
      { input: { translations: [{ languageCode: 'en', name: 'Later', slug: 'later', description: '' }] } },
    );
    if (createProduct.id !== '41') throw new Error(`The next product is ${createProduct.id}.`);
  },
};

const ALL = '(options: { sort: { id: ASC }, take: 1000 })';
const NODE = 'id createdAt updatedAt';
const FIELDS = 'customFields { motto notes amount weight isRare since parts size { width label } }';
const EVERYTHING = `{
  products${ALL} { items {
    ${NODE} name slug description enabled ${FIELDS}
    translations { ${NODE} languageCode name slug description customFields { motto } }
    facetValues { ${NODE} code name facet { ${NODE} code name isPrivate } }
    optionGroups { ${NODE} code name options { ${NODE} code name } }
    variants {
      ${NODE} name sku price priceWithTax currencyCode trackInventory stockLevel taxCategory { ${NODE} name isDefault }
      stockLevels { ${NODE} stockOnHand stockAllocated } stockMovements { items { ... on StockMovement { ${NODE} type quantity } } }
    }
  } }
  customers${ALL} { items {
    ${NODE} title firstName lastName phoneNumber emailAddress
    addresses { ${NODE} fullName streetLine1 city postalCode country { ${NODE} code name } defaultShippingAddress }
    user { ${NODE} identifier verified roles { ${NODE} code } } history { items { ${NODE} type data } }
  } }
  orders${ALL} { items {
    ${NODE} orderPlacedAt code state active totalWithTax shippingAddress { fullName city } customer { id }
    lines { ${NODE} quantity unitPriceWithTax linePriceWithTax productVariant { id sku } }
    shippingLines { shippingMethod { code } priceWithTax } payments { ${NODE} amount state method transactionId metadata }
    taxSummary { description taxRate taxBase taxTotal } history { items { ${NODE} type isPublic data } }
  } }
  collections${ALL} { items { ${NODE} name slug position filters { code args { name value } } } }
  taxRates${ALL} { items { ${NODE} name enabled value zone { ${NODE} name members { ${NODE} code name enabled } } } }
  shippingMethods${ALL} { items { ${NODE} code name calculator { code args { name value } } } }
  paymentMethods${ALL} { items { ${NODE} code name enabled handler { code args { name value } } } }
  channels { items { ${NODE} code token defaultLanguageCode pricesIncludeTax } }
  administrators { items { ${NODE} firstName lastName emailAddress user { id identifier } } }
  roles { items { ${NODE} code description permissions } }
  stockLocations { items { ${NODE} name } }
  jobs(options: { take: 100, sort: { createdAt: ASC } }) { items { id createdAt queueName state data } }
  globalSettings { ${NODE} availableLanguages trackInventory outOfStockThreshold }
}`;

async function makeCustomer(api: Api, i: number): Promise<void> {
  const { createCustomer } = await ask(
    api,
    'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input, password: "a password") { ... on Customer { id } ... on ErrorResult { message } } }',
    {
      input: {
        title: i % 3 === 0 ? null : 'Dr.',
        firstName: `Ada ${i}`,
        lastName: 'Žižka 🐘',
        phoneNumber: i % 2 === 0 ? null : `0049 ${i}`,
        emailAddress: `person-${i}@example.org`,
      },
    },
  );
  await ask(
    api,
    'mutation ($id: ID!, $input: CreateAddressInput!) { createCustomerAddress(customerId: $id, input: $input) { id } }',
    { id: createCustomer.id, input: ADDRESS },
  );
}

const ADDRESS = {
  fullName: 'Ada Žižka',
  streetLine1: 'Straße 1',
  city: 'Köln',
  postalCode: '00123',
  countryCode: 'DE',
  defaultShippingAddress: true,
};

/** Paid, unless it is every third. */
async function makeOrder(api: Api, i: number): Promise<void> {
  const change = (call: string) =>
    ask(api, `mutation { ${call} { __typename ... on ErrorResult { message } } }`);
  const { createDraftOrder } = await ask(api, 'mutation { createDraftOrder { id } }');
  const id = `orderId: "${createDraftOrder.id}"`;
  for (const variant of [i, i + 20]) {
    await change(
      `addItemToDraftOrder(${id}, input: { productVariantId: "${3 * variant - 2}", quantity: ${(i % 3) + 1} })`,
    );
  }
  await change(`setCustomerForDraftOrder(${id}, customerId: "${(i % CUSTOMERS) + 1}")`);
  await ask(
    api,
    `mutation ($input: CreateAddressInput!) { setDraftOrderShippingAddress(${id}, input: $input) { id } }`,
    { input: ADDRESS },
  );
  await change(`setDraftOrderShippingMethod(${id}, shippingMethodId: "${(i % 2) + 1}")`);
  if (i % 3 === 0) return;
  await change(`transitionOrderToState(id: "${createDraftOrder.id}", state: "ArrangingPayment")`);
  await change(
    `addManualPaymentToOrder(input: { ${id}, method: "standard-payment", transactionId: "t-${i}", metadata: { part: ${i / 4} } })`,
  );
}

async function signIn(api: Api): Promise<void> {
  await ask(api, 'mutation { login(username: "superadmin", password: "correct horse") { __typename } }');
}

// biome-ignore lint/suspicious/noExplicitAny: each question has its own answer, which is compared as it is
async function ask(api: Api, query: string, variables = {}): Promise<any> {
  const { data, errors } = await api.post('/admin-api', { query, variables });
  if (errors !== undefined) throw new Error(`${query}: ${JSON.stringify(errors)}`);
  const [refused] = Object.values<{ message?: string }>(data).filter((one) => one?.message !== undefined);
  if (refused) throw new Error(`${query}: ${refused.message}`);
  return data;
}
