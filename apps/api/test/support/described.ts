import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../src/openapi/document.ts';
import { OPERATIONS } from '../../src/openapi/operations.ts';

interface Described {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>
  >;
  readonly components: object;
}

const document = openApiDocument(OPERATIONS, 'test') as unknown as Described;
const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  // References are to `#/components`, so these come along.
  const validator = validators.get(schema) ?? ajv.compile({ ...schema, components: document.components });
  validators.set(schema, validator);
  return validator;
}

/** The operation that a call is one of; undefined for a call that the API does not know. */
function operationOf(method: string, path: string): string | undefined {
  const [pathname = ''] = path.split('?');
  return Object.keys(document.paths)
    .sort((a, b) => a.split('{').length - b.split('{').length)
    .find((candidate) => {
      const pattern = new RegExp(`^${candidate.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      return pattern.test(pathname) && method.toLowerCase() in (document.paths[candidate] ?? {});
    });
}

/** @throws Error when the answer is not one that the API's own description allows */
export function holdAgainstDescription(
  method: string,
  path: string,
  { status, type, body }: { status: number; type: string; body: unknown },
): void {
  const operation = operationOf(method, path);
  if (operation === undefined) return;
  const call = `${method} ${operation}`;
  const described = document.paths[operation]?.[method.toLowerCase()]?.responses[status];
  if (described === undefined) throw new Error(`${call} answered ${status}, which is not described`);
  const mediaType = type.split(';')[0] ?? '';
  const content = described.content[mediaType];
  if (content === undefined) throw new Error(`${call} answered ${status} as ${mediaType}`);
  if (mediaType !== 'application/json') return;
  const validate = validatorOf(content.schema);
  if (!validate(body)) throw new Error(`${call} answered ${status} with ${ajv.errorsText(validate.errors)}`);
}
