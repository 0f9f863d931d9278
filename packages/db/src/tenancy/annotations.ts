import { APP_ROLE, ROLES, type Role } from '../roles/roles.ts';

/** What the documentation of a model says of tenants and rights, a line each. */
export type Annotation =
  /** The rows are the tenants themselves. */
  | { readonly kind: 'tenants' }
  /** Each row belongs to the tenant in this field. */
  | { readonly kind: 'tenant'; readonly field: string }
  /** The rows, or the object, are nothing that a tenant must be kept from. */
  | { readonly kind: 'exempt'; readonly object?: string; readonly reason: string }
  | {
      readonly kind: 'grant';
      readonly privileges: readonly SaidPrivilege[];
      /** What the rights are on; the model's own table when omitted. */
      readonly object?: string;
      /** Who gets them. */
      readonly role: Role;
      readonly reason?: string;
    };

/** A right, on some fields or on all of them. */
export interface Privilege {
  readonly name: string;
  readonly fields?: readonly string[];
}

/** The same as a model says it: on fields that it names, or on all but those. */
export interface SaidPrivilege extends Privilege {
  readonly except?: readonly string[];
}

/** Of a field: it is ignored by the client, and its column stays in the database. */
export interface Kept {
  readonly kind: 'kept';
}

/** What is wrong with a line that looks like an annotation. */
export interface AnnotationFault {
  readonly line: string;
  readonly problem: string;
  readonly fix: string;
}

/** A reason shorter than this says nothing that a reader could check: the same as for the linter's allowances. */
const MIN_LENGTH = 20;
const MIN_WORDS = 4;

/** Tags that others read; what else begins with @ may be a word of ours, misspelt. */
const OTHERS = /^@(deprecated|example|internal|link|remarks|see|since|todo)\b/i;

/** The rights that a table's rows are read and written by. Others, as TRUNCATE, know nothing of policies. */
const TABLE_PRIVILEGES = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE']);
const OBJECT_PRIVILEGES = new Set([...TABLE_PRIVILEGES, 'EXECUTE', 'USAGE']);

/** Reads one line of documentation; undefined when it is no annotation. */
export function readAnnotation(line: string): Annotation | Kept | AnnotationFault | undefined {
  if (!line.startsWith('@') || OTHERS.test(line)) return undefined;
  const [, tag = '', rest = ''] = /^@(\S+)\s*(.*)$/.exec(line) ?? [];
  const { subject, reason } = splitReason(rest);
  const fault = (problem: string, fix: string): AnnotationFault => ({ line, problem, fix });
  if (tag === 'tenants') return { kind: 'tenants' };
  if (tag === 'tenant') {
    if (/^\w+$/.test(rest)) return { kind: 'tenant', field: rest };
    return fault('does not name one field', 'Write it as: /// @tenant FIELD');
  }
  if (tag === 'exempt') {
    if (!isReason(reason)) {
      return fault(
        'has no reason that a reader could check',
        'Say in a few words why no tenant can see or change what is not his: /// @exempt because REASON',
      );
    }
    return { kind: 'exempt', reason, ...(subject !== '' && { object: subject }) };
  }
  if (tag === 'kept') {
    if (isReason(reason)) return { kind: 'kept' };
    return fault(
      'has no reason that a reader could check',
      'Say why the column stays: /// @kept because REASON',
    );
  }
  if (tag === 'grant') return readGrant(subject, reason, fault);
  return fault(
    `begins with @${tag}, which is no annotation`,
    'The annotations: @tenants, @tenant, @grant, @exempt, @kept (docs/migrations.md).',
  );
}

function readGrant(
  subject: string,
  reason: string,
  fault: (problem: string, fix: string) => AnnotationFault,
): Annotation | AnnotationFault {
  const [, list = '', object, grantee] = /^(.*?)(?:\s+ON\s+(.+?))?(?:\s+TO\s+(\S+))?$/i.exec(subject) ?? [];
  const role = grantee === undefined ? APP_ROLE : ROLES.find((known) => known === grantee);
  const privileges = readPrivileges(list);
  const allowed = object === undefined ? TABLE_PRIVILEGES : OBJECT_PRIVILEGES;
  const unknown = privileges?.find(({ name }) => !allowed.has(name));
  // Of an object nobody here knows the fields.
  const isOpen = object !== undefined && privileges?.some(({ except }) => except);
  if (!privileges || unknown || isOpen) {
    return fault(
      unknown ? `grants ${unknown.name}` : 'is no list of rights',
      `Write it as: /// @grant SELECT, INSERT, UPDATE (field, field), of a model also UPDATE (except field, field). The rights: ${[...allowed].join(', ')}.`,
    );
  }
  if (role === undefined || (object === undefined && grantee !== undefined)) {
    return fault(
      role === undefined
        ? `grants a right to ${grantee}, which is no role of ours`
        : 'names a role for rights on rows, which are those of tenants',
      `The roles: ${ROLES.join(', ')}. Write it as: /// @grant EXECUTE ON function(type) TO ${ROLES.at(-1)} because REASON`,
    );
  }
  if (object !== undefined && !isReason(reason)) {
    return fault(
      `grants a right on ${object} without a reason that a reader could check`,
      `Say why a tenant may have it: /// @grant ${subject} because REASON`,
    );
  }
  return {
    kind: 'grant',
    privileges,
    role,
    ...(object !== undefined && { object }),
    ...(reason !== '' && { reason }),
  };
}

function splitReason(text: string): { subject: string; reason: string } {
  const [, subject = '', reason = ''] = /^(.*?)(?:(?:^|\s+)because\b\s*(.*))?$/i.exec(text) ?? [];
  return { subject: subject.trim(), reason: reason.trim() };
}

function isReason(text: string): boolean {
  return text.length >= MIN_LENGTH && text.split(/\s+/).length >= MIN_WORDS;
}

const PRIVILEGE = /\s*([A-Za-z]+)\s*(?:\(([^()]*)\))?\s*(?:,|$)/y;

/** `SELECT, UPDATE (a, b), UPDATE (except a)`; undefined when the text is something else. */
function readPrivileges(text: string): SaidPrivilege[] | undefined {
  const found: SaidPrivilege[] = [];
  PRIVILEGE.lastIndex = 0;
  while (PRIVILEGE.lastIndex < text.length) {
    const match = PRIVILEGE.exec(text);
    if (!match) return undefined;
    const [, name = '', list] = match;
    found.push({ name: name.toUpperCase(), ...(list !== undefined && readFields(list)) });
  }
  return found.length > 0 ? found : undefined;
}

function readFields(list: string): Pick<SaidPrivilege, 'fields' | 'except'> {
  const [, except, named = ''] = /^\s*(except\s)?(.*)$/is.exec(list) ?? [];
  const names = named.split(',').map((field) => field.trim());
  return except === undefined ? { fields: names } : { except: names };
}
