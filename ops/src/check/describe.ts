import { formatBytes } from '@vatevo/shell';
import type { ServerFacts } from './inspect-server.ts';
import type { MigrationState, TroubledState } from './migration-state.ts';

/** The facts as rows of a table for people. */
export function describeFacts({ server, tls, database, role, privileges }: ServerFacts): string[][] {
  const kind = server.standby ? ', a standby (read-only)' : server.readOnly ? ', read-only' : '';
  const size = database.sizeBytes === null ? '' : `, ${formatBytes(database.sizeBytes)}`;
  return [
    ['server', `PostgreSQL ${server.version}${kind}`],
    ['TLS', tls.used ? `${tls.protocol}, ${tls.cipher}, ${tls.bits} bits` : 'not used'],
    ['database', `${database.name}, ${database.encoding}${size}`],
    ['connections', `${server.connections.used} of ${server.connections.max} in use`],
    ['role', `${role.name}${list(attributes(role))}`],
    ['privileges', rights(privileges).join(', ') || 'none'],
  ];
}

/** The migrations' state in a few words. */
export function describeMigrations({ state, applied, pending }: MigrationState): string {
  switch (state) {
    case 'none':
      return 'never prepared: run ops:prepare-postgres';
    case 'pending':
      return `${applied.length} applied, ${pending.length} pending: run ops:prepare-postgres`;
    case 'current':
      return `current, ${applied.length} applied`;
    case 'unreadable':
      return 'not readable for this role';
    default:
      return describeTrouble(state);
  }
}

/** Why this release must not work on a database. */
export function describeTrouble(state: TroubledState): string {
  return {
    newer: 'its migrations are newer than this release',
    failed: 'a migration stopped half-way',
    edited: 'a migration was edited after it was applied',
    drifted: 'its schema differs from what the migrations make',
  }[state];
}

function attributes(role: ServerFacts['role']): string[] {
  if (role.superuser) return ['superuser'];
  return [
    role.createDatabase && 'may create databases',
    role.createRole && 'may create roles',
    role.bypassRowSecurity && 'bypasses row security',
  ].filter((text) => text !== false);
}

function rights(privileges: ServerFacts['privileges']): string[] {
  return [
    privileges.connect && 'connect',
    privileges.createInPublic && 'create in schema public',
    privileges.createSchema && 'create schemas',
    privileges.temporary && 'temporary tables',
  ].filter((text) => text !== false);
}

function list(items: readonly string[]): string {
  return items.length > 0 ? ` (${items.join(', ')})` : '';
}
