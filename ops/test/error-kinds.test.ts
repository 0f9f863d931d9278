import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionFailure } from '@vatevo/connection';
import type { MigrationErrorKind } from '@vatevo/db/migrations';
import { EXIT_CODE_OF, type ExitCode, exitCodeOf } from '@vatevo/shell';
import type { TransferErrorKind } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { root } from './support/run-script.ts';

/** A kind that is missing here, or there is none of, does not compile. */
const CONNECTIONS: Readonly<Record<ConnectionFailure, true>> = {
  refused: true,
  timeout: true,
  'unresolved-host': true,
  tls: true,
  authentication: true,
  'missing-database': true,
  permission: true,
  'too-many-connections': true,
  'starting-up': true,
  'read-only': true,
  lost: true,
  unknown: true,
};
const MIGRATIONS: Readonly<Record<MigrationErrorKind, ExitCode>> = EXIT_CODE_OF.MigrationError;
const TRANSFERS: Readonly<Record<TransferErrorKind, ExitCode>> = EXIT_CODE_OF.TransferError;

/** Of everything that `error.kind` can say beside a name: the exit code that the command ends with. */
const expected = [
  ...Object.keys(CONNECTIONS).map((reason) => ['ConnectionError', reason] as const),
  ...Object.keys(MIGRATIONS).map((kind) => ['MigrationError', kind] as const),
  ...Object.keys(TRANSFERS).map((kind) => ['TransferError', kind] as const),
].map(([name, kind]) => [`${name}/${kind}`, exitCodeOf(Object.assign(new Error(), { name, kind }))] as const);

it('has a line of the documentation for every kind of failure, with its exit code', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `(\w+Error\/[a-z-]+)` \| (\d) \| \S.* \|$/gm)];
  expect(documented.map(([, kind, code]) => [kind, Number(code)]).toSorted()).toEqual(expected.toSorted());
});
