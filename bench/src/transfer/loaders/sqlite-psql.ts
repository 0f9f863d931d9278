import type { Loader } from '../loader.ts';
import { runProgram, together } from '../run-program.ts';
import { libpqEnvironment, type Testbed } from '../testbed.ts';

interface Piped {
  readonly table: string;
  /** What sqlite3 selects, by the target's column. */
  readonly columns: Readonly<Record<string, string>>;
}

const same = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]));

/**
 * sqlite3's CSV piped into psql, two pipes side by side, into bare tables: what is done by hand. It checks
 * nothing, takes empty texts for NULL, and leaves the keys in clear, since sqlite3 knows no SHA-256.
 */
const PIPES: readonly (readonly Piped[])[] = [
  [
    {
      table: 'tenants',
      columns: {
        ...same('id', 'name', 'webhook_url', 'webhook_secret', 'is_active', 'created_at', 'updated_at'),
        api_key_hash: 'api_key',
        api_key_prefix: 'substr(api_key, 1, 8)',
      },
    },
    {
      table: 'invoices',
      columns: same(
        ...['id', 'external_id', 'tenant_id', 'status', 'country_code', 'invoice_number', 'issue_date'],
        ...['due_date', 'subtotal', 'tax_amount', 'total_amount', 'currency', 'supplier_data'],
        ...['customer_data', 'line_items', 'ubl_xml', 'country_xml', 'pdf_url', 'submission_id'],
        ...['gateway_response', 'error_message', 'retry_count', 'created_at', 'updated_at', 'submitted_at'],
      ),
    },
  ],
  [
    {
      table: 'webhook_events',
      columns: {
        ...same('id', 'invoice_id', 'event_type', 'payload', 'delivered', 'delivery_attempts'),
        ...same('last_attempt_at', 'created_at'),
        tenant_id: '(SELECT i.tenant_id FROM invoices i WHERE i.id = invoice_id)',
      },
    },
  ],
];

export const sqlitePsql: Loader = {
  name: 'sqlite3 | psql',
  needs: ['sqlite3', 'psql', 'sh'],
  run: (testbed) =>
    testbed.withBareTables(async (url) => {
      const started = performance.now();
      const { done: ran, serverSeconds } = await testbed.countingServer(() =>
        Promise.all(
          PIPES.map((tables) =>
            runProgram('sh', ['-c', tables.map((table) => pipe(table, testbed)).join(' && ')], {
              ...libpqEnvironment(url),
              PGTZ: 'UTC',
            }),
          ),
        ),
      );
      const seconds = (performance.now() - started) / 1000;
      return { copySeconds: seconds, wholeSeconds: seconds, ...together(ran), serverSeconds };
    }),
};

function pipe({ table, columns }: Piped, testbed: Testbed): string {
  const select = `SELECT ${Object.values(columns).join(', ')} FROM ${table}`;
  const copy = `\\copy ${table} (${Object.keys(columns).join(', ')}) FROM STDIN (FORMAT csv)`;
  return `sqlite3 -readonly -csv ${quote(testbed.source)} ${quote(select)} | psql -qX -v ON_ERROR_STOP=1 -c ${quote(copy)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
