/** What the application's own code has to know of the move. */
export interface ClientChange {
  /** Whether the schema is one of Prisma 7: then the URL is in prisma.config.ts, and a driver is given to the client. */
  readonly hasConfig: boolean;
  /** The variable that holds the URL of PostgreSQL. */
  readonly variable: string;
  /** PostgreSQL's schema; undefined for public. */
  readonly schema: string | undefined;
  /** What `--schema` of the Prisma CLI names, as it is typed where the command ran. */
  readonly prismaSchema: string;
}

/** What is left for a person to change, line by line. */
export function clientChange(change: ClientChange): string[] {
  return change.hasConfig ? withDriver(change) : withUrl(change);
}

function withDriver({ variable, schema, prismaSchema }: ClientChange): string[] {
  const options = schema === undefined ? '' : `, { schema: ${JSON.stringify(schema)} }`;
  return [
    'npm uninstall @prisma/adapter-better-sqlite3 @prisma/adapter-libsql && npm install @prisma/adapter-pg',
    'prisma.config.ts:',
    `  datasource: { url: env('${variable}') }, with the URL of PostgreSQL${inSchema(schema)} in ${variable}`,
    'where the client is made:',
    "  import { PrismaPg } from '@prisma/adapter-pg';",
    `  const adapter = new PrismaPg({ connectionString: process.env.${variable} }${options});`,
    '  const prisma = new PrismaClient({ adapter });',
    `npx prisma generate --schema ${prismaSchema}`,
    `npx prisma migrate status --schema ${prismaSchema}, which finds the database up to date`,
  ];
}

function withUrl({ variable, schema, prismaSchema }: ClientChange): string[] {
  return [
    `.env: ${variable}=postgresql://user:password@host:port/database${schema === undefined ? '' : `?schema=${schema}`}`,
    `npx prisma generate --schema ${prismaSchema}`,
    `npx prisma migrate status --schema ${prismaSchema}, which finds the database up to date`,
    'where the client is given a driver of SQLite: that of PostgreSQL (@prisma/adapter-pg) instead',
  ];
}

function inSchema(schema: string | undefined): string {
  return schema === undefined ? '' : `, with ?schema=${schema},`;
}
