import { COLUMNS } from './generated/columns.ts';

interface Field {
  readonly type: string;
}

const models: readonly Readonly<Record<string, Field>>[] = Object.values(COLUMNS);
const fields = models.flatMap((model) => Object.entries(model));

/** The names of fields of a type, in whichever model they are. Of another type in another model, they are not among them. */
export function fieldsOf(type: string): ReadonlySet<string> {
  const others = new Set(fields.filter(([, field]) => field.type !== type).map(([name]) => name));
  return new Set(
    fields.filter(([name, field]) => field.type === type && !others.has(name)).map(([name]) => name),
  );
}
