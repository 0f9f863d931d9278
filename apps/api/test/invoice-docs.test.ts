import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentDetails, lineDetails, partyDetails } from '../src/contract/invoice-details.ts';
import { invoiceRequest } from '../src/contract/invoice-request.ts';
import { makeDocument } from '../src/invoice-document/make-document.ts';
import { check } from '../src/invoice-rules/check.ts';
import { NOT_CHECKED, REASONS_NOT_CHECKED, type ReasonNotChecked } from '../src/invoice-rules/not-checked.ts';
import { SOURCES, type Source } from '../src/invoice-rules/rule.ts';
import { RULES } from '../src/invoice-rules/table.ts';
import { contentOf } from '../src/services/invoices/content.ts';
import { INVOICE_RULES } from '../src/settings.ts';

const DOCS = path.join(import.meta.dirname, '../../../docs');

function tableOf(source: Source): string {
  const rows = RULES.filter((rule) => rule.source === source).map(
    ({ id, severity, message }) => `| ${id} | ${severity} | ${message} |`,
  );
  return ['| rule | severity | what is right |', '|---|---|---|', ...rows].join('\n');
}

function notChecked(): string {
  const rows = Object.entries(NOT_CHECKED).map(
    ([reason, ids]) => `| ${REASONS_NOT_CHECKED[reason as ReasonNotChecked]} | ${ids.join(', ')} |`,
  );
  return ['| why | rules |', '|---|---|', ...rows].join('\n');
}

const page = `# Rules for invoices

This page is derived from the table in \`apps/api/src/invoice-rules\`, which the API uses to check documents. A test keeps both equal.
[Invoices](invoices.md) says how the rules are used.

## ${SOURCES['EN 16931']}

The rules are those of CEN's validation artefacts 1.3.16 for UBL, and BR-CO-25 of earlier ones.

${tableOf('EN 16931')}

## ${SOURCES.Peppol}

The rules are those of release 3.0.19 (May 2025), with its rules for countries.

${tableOf('Peppol')}

## Our own

${tableOf('Vatevo')}

## What is not checked, and why

Rules on the syntax (UBL-CR-…, UBL-DT-…, UBL-SR-…) always hold, because of the way in which documents are written. UBL-DT-01 repeats BR-DEC-….

${notChecked()}
`;

describe('docs/invoice-rules.md', () => {
  it('is the table (`vitest run -u` writes it anew)', async () => {
    await expect(page).toMatchFileSnapshot(path.join(DOCS, 'invoice-rules.md'));
  });
});

describe('docs/invoices.md', async () => {
  const text = await readFile(path.join(DOCS, 'invoices.md'), 'utf8');

  it('names every optional field and every setting', () => {
    const fields = [documentDetails.shape, lineDetails, partyDetails].flatMap((shape) => Object.keys(shape));
    const named = [...fields, ...INVOICE_RULES].filter((name) => text.includes(`\`${name}\``));
    expect(named).toEqual([...fields, ...INVOICE_RULES]);
  });

  it('shows a request that passes every rule', () => {
    const [, json] = /```json\n([\s\S]*?)```/.exec(text) ?? [];
    const document = makeDocument(contentOf(invoiceRequest.parse(JSON.parse(json ?? ''))));
    expect(check(document)).toEqual({ violations: [], claim: 'Peppol' });
  });
});
