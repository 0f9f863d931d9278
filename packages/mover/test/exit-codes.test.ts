import { EXIT_CODE_OF, type ExitCode } from '@vatevo/shell';
import { TransferError, type TransferErrorKind } from '@vatevo/transfer';
import { expect, it } from 'vitest';

it('knows an exit code for every kind of end of a transfer', () => {
  // A kind that is missing does not compile, and none has another's.
  const codes: Readonly<Record<TransferErrorKind, ExitCode>> = EXIT_CODE_OF.TransferError;
  expect(new Set(Object.values(codes))).toEqual(new Set([3, 4, 5, 6, 7]));
  expect(new TransferError('locked', '').name).toBe('TransferError');
});
