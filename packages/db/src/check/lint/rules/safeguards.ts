import { quote } from '../../../quote.ts';
import { alterations } from '../alterations.ts';
import type { Rule } from '../rule.ts';
import { quoteRelation } from '../schema/names.ts';
import { settingOf } from '../settings.ts';

const SAFEGUARDS: Readonly<Record<string, string>> = {
  AT_DisableTrig: 'disables a trigger of',
  AT_DisableTrigAll: 'disables all triggers, foreign keys included, of',
  AT_DisableTrigUser: 'disables the triggers of',
  AT_DisableRule: 'disables a rule of',
  AT_DisableRowSecurity: 'disables row level security of',
  AT_NoForceRowSecurity: 'frees the owner from row level security of',
};

export const disableSafeguard: Rule = {
  name: 'disable-safeguard',
  check(statement, { schema }) {
    const altered = alterations(statement, schema).flatMap(({ table, command: { subtype = '', name } }) => {
      const what = SAFEGUARDS[subtype];
      if (what === undefined) return [];
      const relation = quoteRelation(table);
      return [
        {
          what: `${what} ${relation}${name === undefined ? '' : ` (${quote(name)})`}`,
          effect:
            'What it guards against goes unseen from then on, for the running release as well: rows without their parents, rows of other tenants, changes that nobody recorded.',
          safe: [
            'Leave it on, and change rows in a way that it accepts. What is to go for good is dropped by name:',
            `DROP TRIGGER … ON ${relation};`,
          ] as const,
        },
      ];
    });
    if (settingOf(statement.node)?.name !== 'session_replication_role') return altered;
    return [
      {
        what: 'sets session_replication_role, which disables triggers and foreign keys',
        effect: 'Rows that break foreign keys are stored, and no later check finds them.',
        safe: [
          'Leave it out, and write rows in the order of their foreign keys, or with:',
          'SET CONSTRAINTS ALL DEFERRED;',
        ],
      },
    ];
  },
};
