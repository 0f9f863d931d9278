import type { Rule } from '../rule.ts';
import { settingOf } from '../settings.ts';

/** Those that say how long a migration may stand in the way. */
const TIMEOUT_SETTING = /^(lock|statement|transaction|deadlock|idle_in_transaction_session)_timeout$/;

export const sessionSetting: Rule = {
  name: 'session-setting',
  check({ node }) {
    const setting = settingOf(node);
    // disable-safeguard tells of that one.
    if (!setting || setting.name === 'session_replication_role') return [];
    const { name = 'all settings', isLocal } = setting;
    if (setting.name === undefined || TIMEOUT_SETTING.test(name)) {
      return [
        {
          what: `changes ${name}`,
          effect:
            'The deploy gives up a lock that it cannot have soon and tries again; with another time-out the migration queues, and everything else queues behind it.',
          safe: ['Leave it out: pnpm db:deploy sets lock_timeout for every migration.'],
        },
      ];
    }
    if (isLocal) return [];
    return [
      {
        what: `sets ${name} for the session`,
        effect:
          'It stays set for the migrations that follow in the same deploy, which were not written for it.',
        safe: ['Let it end with the migration:', `SET LOCAL ${name} = …;`],
      },
    ];
  },
};

export const transactionControl: Rule = {
  name: 'transaction-control',
  check({ node }) {
    if (!('TransactionStmt' in node)) return [];
    const kind = (node.TransactionStmt.kind ?? '').replace('TRANS_STMT_', '').replaceAll('_', ' ');
    return [
      {
        what: `controls the transaction (${kind})`,
        effect:
          'A migration is one transaction already. With its own, one that fails leaves its first half behind, and the deploy cannot try again.',
        safe: [
          'Leave it out, and split the migration where it should be committed:',
          'pnpm db:migrate --name WHAT_IT_DOES --empty',
        ],
      },
    ];
  },
};
