/** Schemas that are not the system's; `n` is pg_namespace. */
export const OUR_SCHEMAS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/** Not brought by an extension. */
export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend AS brought
    WHERE brought.classid = '${catalog}'::regclass AND brought.objid = ${oid} AND brought.deptype = 'e')`;
}
