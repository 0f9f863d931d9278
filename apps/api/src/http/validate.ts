import type { z } from 'zod';
import { type Problem, unprocessable } from './answer.ts';

/** The part of the request a value came from; leads every `loc`. */
export type Source = 'body' | 'path' | 'query';

/** Enough to mend a request by; a body with ten thousand bad lines gets no longer answer. */
const MOST_PROBLEMS = 100;

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
 * The value in the schema's output form.
 *
 * @throws HttpError 422 naming every fault (the first hundred) as `{loc, msg, type}`
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: Source,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw unprocessable(
    result.error.issues.slice(0, MOST_PROBLEMS).map((issue): Problem => {
      const { msg, type } = describe(issue);
      return {
        loc: [source, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))],
        msg,
        type,
      };
    }),
  );
}
