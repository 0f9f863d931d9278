import { z } from 'zod';
import type { Content, Operation } from './operations.ts';

type Json = Record<string, unknown>;

const SECURITY = {
  tenant: { description: 'The API key of a tenant', type: 'http', scheme: 'bearer' },
  operator: {
    description: 'The token of the operator (VATEVO_OPERATOR_TOKEN); none is needed in development',
    type: 'http',
    scheme: 'bearer',
  },
  monitoring: {
    description: 'The token of the monitoring (VATEVO_METRICS_TOKEN); none is needed where that is unset',
    type: 'http',
    scheme: 'bearer',
  },
};

/** Describes operations as an OpenAPI 3.1 document, its schemas made from the zod schemas in use. */
export function openApiDocument(operations: readonly Operation[], version: string): Json {
  const schemas: Record<string, Json> = {};
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Vatevo',
      version,
      description: 'Electronic invoices for several tenants. Amounts are exact decimal strings, times UTC.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { securitySchemes: SECURITY, schemas },
  };
}

function describe(operation: Operation, schemas: Record<string, Json>): Json {
  const { summary, caller, pathParameters, query, headers, body, answers } = operation;
  const parameters = [
    ...describeParameters('path', pathParameters),
    ...describeParameters('query', query),
    ...describeParameters('header', headers),
  ];
  return {
    operationId: `${operation.method} ${operation.path}`.replaceAll(/\W+/g, '_').replace(/_$/, ''),
    summary,
    security: caller ? [{ [caller]: [] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: jsonSchema(body, 'input', schemas) } },
      },
    }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, [description, content]]) => [
        status,
        { description, content: describeContent(content, schemas) },
      ]),
    ),
  };
}

function describeParameters(place: 'path' | 'query' | 'header', object: z.ZodObject | undefined): Json[] {
  return Object.entries(object?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: jsonSchema(schema as z.ZodType, 'input', {}),
  }));
}

function describeContent(content: Content, schemas: Record<string, Json>): Json {
  if ('mediaType' in content) return { [content.mediaType]: { schema: { type: 'string' } } };
  return { 'application/json': { schema: jsonSchema(content, 'output', schemas) } };
}

/** A zod schema as JSON Schema 2020-12, which OpenAPI 3.1 takes; named schemas go into `schemas` and are referred to. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const {
    $schema: _dialect,
    $defs = {},
    ...made
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  for (const [id, definition] of Object.entries($defs as Record<string, Json>))
    schemas[id] = relink(definition);
  return relink(made);
}

/** zod refers to `#/$defs/…`, the document keeps them elsewhere. */
function relink(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
