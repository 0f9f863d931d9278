import { openSource } from '@vatevo/transfer';

/** A tenant of the source and one of its invoices, to be found again through the API. */
export interface Specimen {
  readonly tenant: string;
  readonly invoices: bigint;
  /** The key that the tenant held in the legacy file; our own format has only its hash. */
  readonly apiKey: string | undefined;
  readonly invoice: { readonly id: bigint; readonly externalId: string; readonly total: string };
}

/**
 * Picks the active tenant with most invoices, and the first of them whose total is a plain number (what
 * else a file can hold, the API may write in another way); `undefined` when there is none.
 *
 * @param file a SQLite database in the legacy or our own format; it is only read
 */
export function readSpecimen(file: string, format: 'legacy' | 'own'): Specimen | undefined {
  const db = openSource(file);
  try {
    const key = format === 'legacy' ? 't.api_key' : 'NULL';
    // A key with other characters than these cannot be sent in a header.
    const sendable = format === 'legacy' ? `AND t.api_key <> '' AND t.api_key NOT GLOB '*[^!-~]*'` : '';
    const row = db
      .prepare(
        `SELECT t.name AS tenant, ${key} AS apiKey, count(*) AS invoices,
                coalesce(min(i.id) FILTER (WHERE i.total_amount NOT GLOB '*[^0-9.]*'), min(i.id)) AS id
           FROM tenants t JOIN invoices i ON i.tenant_id = t.id
          WHERE coalesce(t.is_active, 1) = 1 ${sendable}
          GROUP BY t.id ORDER BY invoices DESC, t.id LIMIT 1`,
      )
      .get() as { tenant: string; apiKey: string | null; invoices: bigint; id: bigint } | undefined;
    if (!row) return undefined;
    const invoice = db
      .prepare('SELECT external_id AS externalId, total_amount AS total FROM invoices WHERE id = ?')
      .get(row.id) as { externalId: unknown; total: unknown };
    return {
      tenant: row.tenant,
      invoices: BigInt(row.invoices),
      apiKey: row.apiKey ?? undefined,
      invoice: { id: BigInt(row.id), externalId: String(invoice.externalId), total: String(invoice.total) },
    };
  } finally {
    db.close();
  }
}
