import { z } from 'zod';
import type { Problem } from './answer.ts';

/**
 * What bounds the work that a request can make, looked at before anything in it is validated. The limits of a text and
 * of a list are its schema's own `maxLength` and `maxItems`, so that clients read them in the API's description.
 * They hold for requests: what is stored was taken by other rules.
 */

/** Entries of all lists of a request together. */
const MAX_ENTRIES = 2000;

/** A number's place before and behind the point: exact arithmetic takes longer for each digit that there could be. */
const MAX_NUMBER = 1e15;
const MIN_FRACTION = 1e-15;

type Fields = Readonly<Record<string, unknown>>;

interface Walk {
  entries: number;
  readonly problems: Problem[];
  /** The way to the value that is looked at. */
  readonly loc: (string | number)[];
}

/** Enough to fix a request by; a body with ten thousand bad lines gets no longer answer. */
export const MAX_PROBLEMS = 100;

/** What of `value` is beyond the limits of `schema`; fields that it does not name are nobody's work, and pass. */
export function beyondLimits(schema: z.ZodType, value: unknown, source: string): readonly Problem[] {
  const walk: Walk = { entries: 0, problems: [], loc: [source] };
  look(schema, value, walk);
  if (walk.entries > MAX_ENTRIES && walk.problems.length === 0) {
    const msg = `Lists should have at most ${MAX_ENTRIES} items together`;
    return [{ loc: [source], msg, type: 'too_long' }];
  }
  return walk.problems;
}

/** What there is to look at in a value of a schema, found once for each schema. */
interface Plan {
  readonly isNumber: boolean;
  readonly maxLength: number;
  readonly maxItems: number;
  readonly element: z.ZodType | undefined;
  readonly fields: readonly (readonly [name: string, schema: z.ZodType])[];
}

const plans = new WeakMap<z.ZodType, Plan>();

function planOf(schema: z.ZodType): Plan {
  const known = plans.get(schema);
  if (known) return known;
  const inner = unwrapped(schema);
  const limit = (name: 'maxLength' | 'maxItems') => {
    const limit = inner.meta()?.[name];
    return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY;
  };
  const plan: Plan = {
    isNumber: inner instanceof z.ZodNumber,
    maxLength: limit('maxLength'),
    maxItems: limit('maxItems'),
    element: inner instanceof z.ZodArray ? (inner.element as z.ZodType) : undefined,
    fields: inner instanceof z.ZodObject ? (Object.entries(inner.shape) as [string, z.ZodType][]) : [],
  };
  plans.set(schema, plan);
  return plan;
}

/** The schema that says what a value is, below those that say what becomes of it. */
function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) {
    const { in: from, out } = schema.def;
    return unwrapped((from instanceof z.ZodTransform ? out : from) as z.ZodType);
  }
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodCatch;
  return isWrapper ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}

function look(schema: z.ZodType, value: unknown, walk: Walk): void {
  if (value === null || value === undefined || walk.problems.length >= MAX_PROBLEMS) return;
  const plan = planOf(schema);
  if (typeof value === 'string') lookAtText(plan, value, walk);
  else if (typeof value === 'number') lookAtNumber(plan, value, walk);
  else if (Array.isArray(value)) lookAtList(plan, value, walk);
  else if (typeof value === 'object') {
    for (const [name, field] of plan.fields) {
      const inside = (value as Fields)[name];
      if (inside !== undefined && inside !== null) lookInside(field, inside, name, walk);
    }
  }
}

function lookInside(schema: z.ZodType, value: unknown, at: string | number, walk: Walk): void {
  walk.loc.push(at);
  look(schema, value, walk);
  walk.loc.pop();
}

function tell({ loc, problems }: Walk, msg: string, type: string): void {
  problems.push({ loc: [...loc], msg, type });
}

function lookAtText({ maxLength }: Plan, value: string, walk: Walk): void {
  // A character has one or two UTF-16 units.
  if (value.length <= maxLength || (value.length <= 2 * maxLength && [...value].length <= maxLength)) return;
  tell(walk, `String should have at most ${maxLength} characters`, 'string_too_long');
}

function lookAtNumber({ isNumber }: Plan, value: number, walk: Walk): void {
  if (!isNumber) return;
  const size = Math.abs(value);
  if (size >= MAX_NUMBER)
    tell(walk, 'Input should have at most 15 digits before the point', 'decimal_whole_digits');
  else if (size < MIN_FRACTION && size > 0)
    tell(walk, 'Input should be 0, or at least 1e-15', 'decimal_max_places');
}

function lookAtList({ element, maxItems }: Plan, value: readonly unknown[], walk: Walk): void {
  if (element === undefined) return;
  walk.entries += value.length;
  if (value.length > maxItems) {
    tell(walk, `List should have at most ${maxItems} items, not ${value.length}`, 'too_long');
    return;
  }
  for (const [index, entry] of value.entries()) {
    if (walk.entries > MAX_ENTRIES) return;
    lookInside(element, entry, index, walk);
  }
}
