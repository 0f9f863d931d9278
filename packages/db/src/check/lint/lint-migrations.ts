import type { MigrationFile } from '../../migrations/folder.ts';
import type { Fault } from '../fault.ts';
import { Allowances } from './allowance.ts';
import { type ParsedScript, parseScript } from './parse.ts';
import type { Finding, Rule } from './rule.ts';
import { RULES } from './rules/index.ts';
import { applyStatement } from './schema/apply.ts';
import { Schema } from './schema/schema.ts';

/**
 * Looks for what would hurt a live PostgreSQL in a line of migrations: locks
 * that last, rewritten tables, and things dropped that the running release uses.
 *
 * 1. Each migration is parsed by PostgreSQL's own grammar.
 * 2. Each statement is put to every rule, together with the schema that the
 *    statements before it make. What the same migration made is exempt: nobody
 *    uses it yet. So is all of the first migration.
 * 3. A finding falls away when an allowance stands above its statement, with a
 *    reason. An allowance that allows nothing is a fault itself.
 *
 * It cannot see inside DO blocks and functions, nor which releases are running.
 *
 * @param migrations all of them, oldest first
 */
export async function lintMigrations(migrations: readonly MigrationFile[]): Promise<Fault[]> {
  const schema = new Schema();
  const faults: Fault[] = [];
  for (const { name, script } of migrations) {
    const file = `prisma/postgres/migrations/${name}/migration.sql`;
    const parsed = await parseScript(script);
    if ('message' in parsed) {
      faults.push({
        file: `${file}:${parsed.line}`,
        problem: `cannot be parsed as PostgreSQL: ${parsed.message}`,
        fix: 'Fix it; neither this nor later migrations were looked at for locks and rewrites.',
      });
      return faults;
    }
    schema.enter(name);
    faults.push(...lintMigration(file, parsed, schema));
  }
  return faults;
}

function lintMigration(file: string, parsed: ParsedScript, schema: Schema): Fault[] {
  const allowances = new Allowances(file, parsed, RULES);
  const faults: Fault[] = [...allowances.malformed];
  for (const statement of parsed.statements) {
    for (const rule of RULES) {
      for (const finding of rule.check(statement, { statements: parsed.statements, schema })) {
        const isAllowed = allowances.allow(
          ({ rule: name, statementLine }) => name === rule.name && statementLine === statement.line,
        );
        if (!isAllowed) faults.push(toFault(`${file}:${statement.line}`, rule, finding));
      }
    }
    applyStatement(statement, schema);
  }
  return [...faults, ...allowances.needless()];
}

function toFault(file: string, { name }: Rule, { what, effect, safe: [first, ...sql] }: Finding): Fault {
  return {
    file,
    problem: `${name}: ${what}`,
    details: [effect],
    fix: [first, ...sql.map((line) => `    ${line}`), '  More, and the way out: docs/migrations.md'].join(
      '\n',
    ),
  };
}
