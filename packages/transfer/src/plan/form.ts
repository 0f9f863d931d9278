import { findColumnType } from '../column-types/registry.ts';
import type { Forms, FormWriter } from '../column-types/restore/types.ts';
import type { ColumnPlan } from './types.ts';

/** The forms that a file may hold a column in; undefined for one that has a single form. */
export function formsOf(column: ColumnPlan): Forms | undefined {
  return findColumnType(column.type.name)?.restore?.forms?.(column);
}

/** How the form is written that was recorded; undefined where none was. */
export function formWriter(column: ColumnPlan): FormWriter | undefined {
  const name = column.form?.name;
  return name === undefined ? undefined : formsOf(column)?.writer(name);
}
