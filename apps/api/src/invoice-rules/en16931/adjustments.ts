import type { Adjustment } from '../../invoice-document/document.ts';
import { en16931, type Rule } from '../rule.ts';
import { ofDocument, ofLines } from '../walk.ts';

const lacksReason = ({ reason, reasonCode }: Adjustment) => (reason ?? reasonCode) === undefined;

/** Each says the same twice: by the rule of the group (BR-…) and by the condition on its two fields (BR-CO-…). */
const REASONS = [
  ['BR-33', 'BR-CO-21', 'document', 'allowances', 'An allowance'],
  ['BR-38', 'BR-CO-22', 'document', 'charges', 'A charge'],
  ['BR-42', 'BR-CO-23', 'line', 'allowances', 'An allowance of a line'],
  ['BR-44', 'BR-CO-24', 'line', 'charges', 'A charge of a line'],
] as const;

/** What allowances and charges must hold. */
export const ADJUSTMENT_RULES: readonly Rule[] = REASONS.flatMap(([rule, condition, level, kind, what]) =>
  [rule, condition].map((id) =>
    en16931(id, `${what} has a reason or its code`, (document) =>
      level === 'document'
        ? ofDocument(document, kind, 'reason', lacksReason)
        : ofLines(document, kind, 'reason', lacksReason),
    ),
  ),
);
