// Entry point of `pnpm derive`: writes prisma/sqlite/schema.prisma anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { deriveSqliteSchema } from './derive-sqlite.ts';

const folder = new URL('../../prisma/', import.meta.url);
const postgresSchema = readFileSync(new URL('postgres/schema.prisma', folder), 'utf8');
writeFileSync(new URL('sqlite/schema.prisma', folder), deriveSqliteSchema(postgresSchema));
