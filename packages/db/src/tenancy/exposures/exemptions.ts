import type { ClientBase } from 'pg';
import type { Fault } from '../../check/fault.ts';
import type { ObjectRule } from '../rules.ts';

/** What the schema exempts by name, found in the catalog. */
export class Exemptions {
  /** By oid; a constraint by its name. */
  readonly #rules: ReadonlyMap<string, ObjectRule>;
  readonly faults: readonly Fault[];

  static async read(client: ClientBase, objects: readonly ObjectRule[]): Promise<Exemptions> {
    const rules = new Map<string, ObjectRule>();
    const faults: Fault[] = [];
    for (const rule of objects) {
      const id = await identify(client, rule.object);
      if (id === undefined) {
        faults.push({
          file: 'prisma/postgres/schema.prisma',
          problem: `names ${rule.object} in an annotation, and the migrations make no such thing`,
          fix: 'Write its name as PostgreSQL prints it: table, view, function(type, type) or table.constraint; or remove the line.',
        });
        continue;
      }
      const known = rules.get(id);
      rules.set(id, known ? { ...known, privileges: [...known.privileges, ...rule.privileges] } : rule);
    }
    return new Exemptions(rules, faults);
  }

  private constructor(rules: ReadonlyMap<string, ObjectRule>, faults: readonly Fault[]) {
    this.#rules = rules;
    this.faults = faults;
  }

  /** @param id an oid, or a constraint as `table.constraint` */
  of(id: string): ObjectRule | undefined {
    return this.#rules.get(id);
  }

  has(id: string): boolean {
    return this.#rules.has(id);
  }
}

async function identify(client: ClientBase, object: string): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT to_regprocedure($1)::oid::text AS id WHERE strpos($1, '(') > 0
     UNION ALL SELECT to_regclass($1)::oid::text WHERE strpos($1, '(') = 0
     UNION ALL SELECT k.conrelid::regclass || '.' || quote_ident(k.conname) FROM pg_constraint AS k
       WHERE k.conrelid <> 0 AND k.conrelid::regclass || '.' || quote_ident(k.conname) = $1`,
    [object],
  );
  return rows.find(({ id }) => id !== null)?.id;
}
