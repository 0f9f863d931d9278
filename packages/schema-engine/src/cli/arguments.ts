import { parseArgs } from 'node:util';

/** What the Prisma CLI asks of a schema engine, by its arguments. */
export type Invocation =
  | { readonly kind: 'version' }
  | { readonly kind: 'serve'; readonly datasource?: DatasourceUrls; readonly datamodels: readonly string[] }
  | { readonly kind: 'command'; readonly command: Command; readonly datasource: DatasourceUrls };

export interface DatasourceUrls {
  readonly url: string;
  readonly shadowDatabaseUrl?: string;
}

const COMMANDS = ['can-connect-to-database', 'create-database', 'drop-database'] as const;
export type Command = (typeof COMMANDS)[number];

/**
 * Reads the arguments of Prisma's schema engine:
 * `[--datasource JSON] [--datamodels FILE]… [cli COMMAND]` or `--version`.
 *
 * @throws Error that says what cannot be understood
 */
export function parseInvocation(argv: readonly string[]): Invocation {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      version: { type: 'boolean', short: 'V' },
      datasource: { type: 'string' },
      datamodels: { type: 'string', short: 'd', multiple: true },
      // Both concern the schema's text, which the WebAssembly engine is given in full.
      'enabled-preview-features': { type: 'string' },
      'extension-types': { type: 'string' },
    },
  });
  if (values.version) return { kind: 'version' };
  const datasource = values.datasource === undefined ? undefined : parseDatasource(values.datasource);
  if (positionals.length === 0) {
    return { kind: 'serve', datamodels: values.datamodels ?? [], ...(datasource && { datasource }) };
  }
  const command = COMMANDS.find((name) => name === positionals[1]);
  if (positionals[0] !== 'cli' || !command || positionals.length > 2) {
    throw new Error(`unknown command "${positionals.join(' ')}"; known are: cli ${COMMANDS.join(', cli ')}`);
  }
  if (!datasource) throw new Error(`cli ${command} needs --datasource '{"url": …}'`);
  return { kind: 'command', command, datasource };
}

function parseDatasource(text: string): DatasourceUrls | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The text may hold a password: it is not repeated.
    throw new Error('--datasource is no JSON');
  }
  const { url, shadowDatabaseUrl } = (value ?? {}) as Record<string, unknown>;
  if (typeof url !== 'string' || url === '') return undefined;
  return { url, ...(typeof shadowDatabaseUrl === 'string' && { shadowDatabaseUrl }) };
}
