import type { Rule } from '../rule.ts';

export const opaque: Rule = {
  name: 'opaque',
  check({ node }) {
    const what = 'DoStmt' in node ? 'a DO block' : 'CallStmt' in node ? 'CALL' : undefined;
    if (what === undefined) return [];
    return [
      {
        what: `runs ${what}, inside of which no rule can look`,
        effect: 'What it locks, rewrites or drops is not known before it runs.',
        safe: [
          'Write the statements out; or, if there is no other way, say what it does to tables in use:',
          '-- lint: allow opaque because it only creates a role if there is none',
        ],
      },
    ];
  },
};
