import { z } from 'zod';
import { type Problem, unprocessable } from './answer.ts';
import { beyondLimits, MAX_PROBLEMS } from './limits.ts';

/** The part of the request a value came from; leads every `loc`. */
export type Source = 'body' | 'path' | 'query';

const TYPES: Record<string, { type: string; msg: string }> = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  number: { type: 'float_type', msg: 'Input should be a valid number' },
  boolean: { type: 'bool_type', msg: 'Input should be a valid boolean' },
  array: { type: 'list_type', msg: 'Input should be a valid list' },
  object: {
    type: 'model_attributes_type',
    msg: 'Input should be a valid dictionary or object to extract fields from',
  },
};

/** One zod issue in the words that clients of the replaced service know. */
function describe(issue: z.core.$ZodIssue): { type: string; msg: string } {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return { type: 'missing', msg: 'Field required' };
      return TYPES[issue.expected] ?? { type: 'value_error', msg: issue.message };
    case 'invalid_value': {
      const allowed = issue.values.map((value) => `'${String(value)}'`);
      const last = allowed.pop();
      return {
        type: issue.input === undefined ? 'missing' : 'enum',
        msg:
          issue.input === undefined
            ? 'Field required'
            : `Input should be ${allowed.length > 0 ? `${allowed.join(', ')} or ` : ''}${last}`,
      };
    }
    case 'invalid_format':
      return { type: 'string_pattern_mismatch', msg: issue.message };
    case 'custom':
      return { type: String(issue.params?.type ?? 'value_error'), msg: issue.message };
    default:
      return { type: 'value_error', msg: issue.message };
  }
}

/**
 * The value in the schema's output form. Limits come first. Only what is told of is made a problem: words and place of
 * a fault cost more than finding it, and a body can have a hundred thousand.
 *
 * @throws HttpError 422 naming every fault (the first hundred) as `{loc, msg, type}`
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: Source,
): z.output<Schema> {
  const beyond = beyondLimits(schema, value, source);
  if (beyond.length > 0) throw unprocessable(beyond);
  const context = { async: false, reportInput: true } as const;
  const result = schema._zod.run({ value, issues: [] }, context);
  if (result instanceof Promise) throw new TypeError('A schema of a request needs no promise.');
  if (result.issues.length === 0) return result.value as z.output<Schema>;
  throw unprocessable(
    result.issues.slice(0, MAX_PROBLEMS).map((raw): Problem => {
      const issue = z.core.util.finalizeIssue(raw, context, z.core.config()) as z.core.$ZodIssue;
      const { msg, type } = describe(issue);
      return {
        loc: [source, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))],
        msg,
        type,
      };
    }),
  );
}
