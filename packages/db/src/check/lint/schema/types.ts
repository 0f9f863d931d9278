import type { Node, TypeName } from 'libpg-query';
import { integerOf, lastName } from './names.ts';

/** A column's type, as far as the rules need it. */
export interface ColumnType {
  /** Its name in the catalog: `varchar`, `int4`, `timestamptz`, `InvoiceStatus`. */
  readonly name: string;
  /** What stands in parentheses: a length, a precision and a scale. */
  readonly modifiers: readonly number[];
  readonly isArray: boolean;
}

export function readType(type: TypeName): ColumnType {
  return {
    name: lastName(type.names),
    modifiers: (type.typmods ?? []).map((node: Node) => integerOf(node) ?? Number.NaN),
    isArray: (type.arrayBounds ?? []).length > 0,
  };
}

export function describeType({ name, modifiers, isArray }: ColumnType): string {
  return `${name}${modifiers.length > 0 ? `(${modifiers.join(',')})` : ''}${isArray ? '[]' : ''}`;
}

const SERIAL = new Set(['smallserial', 'serial', 'bigserial', 'serial2', 'serial4', 'serial8']);

export function isSerial({ name }: ColumnType): boolean {
  return SERIAL.has(name);
}

/** What a serial column is in the catalog. */
export function storedType(type: ColumnType): ColumnType {
  if (!isSerial(type)) return type;
  const name = /^(small|serial2)/.test(type.name)
    ? 'int2'
    : /^(big|serial8)/.test(type.name)
      ? 'int8'
      : 'int4';
  return { ...type, name };
}
