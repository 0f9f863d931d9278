import type { Reporter } from '@vatevo/shell';
import { CommandError, ExitCode } from '@vatevo/shell';
import { askHealth, askInvoice } from './ask-api.ts';
import type { Specimen } from './specimen.ts';

/**
 * Asks the API, as a client would, whether its database is well and for one migrated invoice, with the key
 * that its tenant held before the move, and compares that with the row of the SQLite file.
 *
 * @throws CommandError with exit code 6 when the answer is not what the file holds
 */
export async function checkOnce(
  url: string,
  specimen: Specimen | undefined,
  report: Reporter,
): Promise<void> {
  await report.step('GET /health/db', async (step) => {
    const { status, body } = await askHealth(url);
    if (status !== 200) throw differs(`GET /health/db answered ${status} ${body}`);
    step.detail(`${status} ${body}`);
  });
  if (specimen?.apiKey === undefined) {
    report.note(
      specimen
        ? "No invoice was asked for: a file in our own format holds only the hashes of its tenants' keys."
        : 'No invoice was asked for: the file holds no active tenant with invoices.',
    );
    return;
  }
  const { apiKey, invoice, tenant } = specimen;
  await report.step(`GET /invoices/${invoice.id}`, async (step) => {
    const { status, body } = await askInvoice(url, invoice.id, apiKey);
    if (status !== 200) throw differs(`GET /invoices/${invoice.id} answered ${status} ${body}`);
    const found = JSON.parse(body) as { id: unknown; external_id: unknown; total_amount: unknown };
    const wanted = { id: invoice.id, external_id: invoice.externalId, total_amount: invoice.total };
    for (const name of ['id', 'external_id', 'total_amount'] as const) {
      if (String(found[name]) === String(wanted[name])) continue;
      throw differs(
        `Invoice ${invoice.id} has ${name} ${wanted[name]} in the file and ${found[name]} in the API`,
      );
    }
    step.detail(
      `as in the file (${wanted.external_id}, total ${wanted.total_amount}), with the key that ${tenant} held before the move`,
    );
  });
}

function differs(what: string): CommandError {
  return new CommandError(ExitCode.differs, `${what}.`);
}
