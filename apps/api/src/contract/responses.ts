import { z } from 'zod';
import { countryCode } from './invoice-request.ts';
import { invoiceStatus } from './list-query.ts';
import { eventState } from './webhook-request.ts';

/**
 * The bodies of all answers, for the API's description; the functions beside this file make them, and tests
 * hold every answer against these.
 */

const time = z.string().meta({
  description: 'UTC, always six digits of a second',
  pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`,
  examples: ['2025-01-15T10:30:00.000000Z'],
});
const decimal = z.string().meta({
  description: 'Exact decimal number, its scale kept',
  pattern: String.raw`^-?\d+(\.\d+)?$`,
  examples: ['119.00'],
});
const violation = z
  .strictObject({
    rule: z.string().meta({
      description: 'The id that EN 16931, Peppol BIS Billing 3 or this service gives the rule',
      examples: ['BR-CO-26', 'PEPPOL-EN16931-R010'],
    }),
    severity: z
      .enum(['fatal', 'warning'])
      .meta({ description: '`fatal`: the document does not claim to follow the source of the rule' }),
    location: z.string().meta({
      description: 'The way to the value in the request',
      examples: ['line_items.0.tax_rate'],
    }),
    message: z.string().meta({ description: 'What is right' }),
  })
  .meta({ id: 'Violation' });
const path = z.string().nullable().meta({ description: 'Path on this server' });

export const tenantAnswer = z
  .strictObject({
    id: z.int(),
    name: z.string(),
    webhook_url: z.string().nullable(),
    is_active: z.boolean(),
    created_at: time,
  })
  .meta({ id: 'Tenant' });

export const newTenantAnswer = tenantAnswer
  .extend({ api_key: z.string().meta({ description: 'Shown this once: it is not stored' }) })
  .meta({ id: 'NewTenant' });

export const webhookSecretAnswer = z.strictObject({
  webhook_secret: z.string().meta({ examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }),
});

export const webhookAnswer = z
  .strictObject({
    webhook_url: z.string().nullable(),
    paused: z.boolean().meta({ description: 'Events wait until it is taken back' }),
  })
  .meta({ id: 'Webhook' });

export const eventAnswer = z
  .strictObject({
    id: z.int().meta({ description: 'The first number in the header webhook-id, behind evt_' }),
    invoice_id: z.int(),
    type: z.string().meta({ examples: ['invoice.validated'] }),
    state: eventState,
    attempts: z.int(),
    last_attempt_at: time.nullable(),
    next_attempt_at: time.nullable().meta({ description: 'null when no attempt will be made' }),
    created_at: time,
  })
  .meta({ id: 'WebhookEvent' });

export const eventListAnswer = z.array(eventAnswer);

export const sentAgainAnswer = z.strictObject({
  events: z.int().meta({ description: 'How many are due again now' }),
  more: z.boolean().meta({ description: 'Whether there are more: call again' }),
});

export const apiKeyAnswer = z.strictObject({
  api_key: z.string().meta({ description: 'Shown this once: it is not stored' }),
  old_key_until: time
    .nullable()
    .meta({ description: 'Until when the key before it is taken; null: not any more' }),
});

export const invoiceAnswer = z
  .strictObject({
    id: z.int(),
    external_id: z.string(),
    status: invoiceStatus,
    country_code: countryCode,
    invoice_number: z.string(),
    issue_date: time,
    due_date: time.nullable(),
    subtotal: decimal,
    tax_amount: decimal,
    total_amount: decimal,
    currency: z.string(),
    ubl_xml_url: path,
    country_xml_url: path,
    pdf_url: z.string().nullable(),
    submission_id: z.string().nullable(),
    error_message: z.string().nullable(),
    violations: z.array(violation).nullable().meta({
      description:
        'Which rules the document breaks, of each rule the first ten places and a hundred in all; null for an invoice that was never held to them',
    }),
    created_at: time,
    updated_at: time.nullable(),
    submitted_at: time.nullable(),
  })
  .meta({ id: 'Invoice' });

export const invoiceListAnswer = z.array(invoiceAnswer);

export const validationAnswer = z
  .strictObject({
    valid: z.boolean().meta({ description: 'Whether there are no errors; violations do not count' }),
    errors: z.array(z.string()),
    warnings: z.array(z.string()),
    violations: z.array(violation),
  })
  .meta({ id: 'Validation' });

export const errorAnswer = z.strictObject({ detail: z.string() }).meta({ id: 'Error' });

export const problemsAnswer = z
  .strictObject({
    detail: z.array(
      z.strictObject({
        loc: z
          .array(z.union([z.string(), z.int()]))
          .meta({ description: 'Where: `body`, `query` or `path`, then the way to the value' }),
        msg: z.string(),
        type: z.string().meta({ description: 'The kind of fault, for programs' }),
      }),
    ),
  })
  .meta({ id: 'Problems' });

export const healthAnswer = z.strictObject({ status: z.literal('ok') });
export const healthzAnswer = z.strictObject({ status: z.literal('ok'), service: z.literal('vatevo-api') });
export const databaseOkAnswer = z.strictObject({
  status: z.literal('ok'),
  database: z.literal('connected'),
});
export const databaseErrorAnswer = z.strictObject({
  status: z.enum(['error', 'degraded']).meta({
    description: '`degraded`: it answers, but takes no writes, or this process has no connection left',
  }),
  database: z.string().meta({
    description: 'The reason',
    examples: ['refused', 'timeout', 'not prepared', 'read-only', 'pool exhausted'],
  }),
});
