import type { ClientBase } from 'pg';
import { TransferError } from '../../errors.ts';
import { quoteQualified } from '../../quote.ts';
import { attempt } from './attempt.ts';
import { inTrial } from './in-transaction.ts';

/** An event trigger of the database that is in force, as it is named in SQL. */
interface EventTrigger {
  readonly name: string;
  /** Of its function, as PL/pgSQL writes it into the context of an error. */
  readonly signature: string;
  /** The same as other languages write it. */
  readonly quoted: string;
  readonly owner: string;
}

const IN_FORCE = `
  SELECT quote_ident(evtname) AS name, evtfoid::regprocedure::text AS signature, format('"%s"', proname) AS quoted,
         quote_ident(pg_get_userbyid(evtowner)) AS owner
  FROM pg_event_trigger JOIN pg_proc p ON p.oid = evtfoid WHERE evtenabled IN ('O', 'A') AND evtevent <> 'login' ORDER BY evtname`;

/** A table for a trial, of which nothing stays. */
const TRIAL = 'vatevo_trial';

/** What a transfer does beside loading rows, each as its command and a statement of it. */
function trials(schema: string): readonly (readonly [command: string, sql: string])[] {
  const table = quoteQualified({ schema, name: TRIAL });
  return [
    ['CREATE SCHEMA', `CREATE SCHEMA ${TRIAL}`],
    ['CREATE TABLE', `CREATE TABLE ${table} (id int NOT NULL)`],
    ['CREATE TABLE AS', `CREATE TEMP TABLE ${TRIAL} AS SELECT 1 AS id`],
    ['CREATE INDEX', `CREATE INDEX ${TRIAL}_id ON ${table} (id)`],
    ['ALTER TABLE', `ALTER TABLE ${table} ADD CONSTRAINT ${TRIAL}_key UNIQUE (id)`],
    ['ALTER TABLE', `ALTER TABLE ${table} DROP CONSTRAINT ${TRIAL}_key`],
    ['DROP INDEX', `DROP INDEX ${quoteQualified({ schema, name: `${TRIAL}_id` })}`],
    ['DROP TABLE', `DROP TABLE ${table}`],
  ];
}

/**
 * Which commands of a transfer an event trigger refuses, each trigger as a sentence: the server itself tries them, in a
 * transaction that leaves nothing behind.
 */
export async function refusingEventTriggers(client: ClientBase, schema: string): Promise<string[]> {
  if ((await client.query(IN_FORCE)).rows.length === 0) return [];
  const found = new Map<string, { trigger: EventTrigger; commands: Set<string>; said: string }>();
  await inTrial(client, async () => {
    for (const [command, sql] of trials(schema)) {
      const tried = await attempt(client, () => client.query(sql));
      const trigger = 'fault' in tried ? await raisedBy(client, tried.fault) : undefined;
      if (trigger === undefined || !('fault' in tried)) continue;
      const { commands } = found.get(trigger.name) ?? { commands: new Set<string>() };
      found.set(trigger.name, { trigger, commands: commands.add(command), said: tried.fault.message });
    }
  });
  return [...found.values()].map(
    ({ trigger, commands, said }) =>
      `${sentence(trigger, [...commands].join(', '), said)}: ${remedy(trigger)}`,
  );
}

/**
 * What is said of a statement that an event trigger of the target refused; undefined for any other error.
 *
 * @param client in no transaction
 */
export async function refusedByEventTrigger(
  client: ClientBase,
  error: unknown,
): Promise<TransferError | undefined> {
  const trigger = await raisedBy(client, error);
  if (trigger === undefined) return undefined;
  const said = (serverErrorIn(error) as Error).message;
  return new TransferError(
    'target-unfit',
    `In the target, ${sentence(trigger, 'a statement of this command', said)}: ${remedy(trigger)}, then run the same command again.`,
    { cause: error },
  );
}

/** Whether an error comes from a function of the server, as those of event triggers do. */
export function comesFromFunction(error: unknown): boolean {
  return serverErrorIn(error) !== undefined;
}

function sentence({ name, signature }: EventTrigger, what: string, said: string): string {
  return `the event trigger ${name} (function ${signature}) refuses ${what} ("${said}")`;
}

function remedy({ name, owner }: EventTrigger): string {
  return `let its owner ${owner} run ALTER EVENT TRIGGER ${name} DISABLE, and ENABLE when all is proven`;
}

async function raisedBy(client: ClientBase, error: unknown): Promise<EventTrigger | undefined> {
  const context = serverErrorIn(error)?.where.split('\n');
  if (context === undefined) return undefined;
  const { rows } = await client.query<EventTrigger>(IN_FORCE);
  return rows.find(({ signature, quoted }) =>
    context.some(
      (line) => line.includes(`function ${signature} line `) || line.endsWith(`function ${quoted}`),
    ),
  );
}

/** The server's error that another one was made of, with the functions that it was raised in. */
function serverErrorIn(error: unknown): (Error & { readonly where: string }) | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (typeof (each as { where?: unknown }).where === 'string') return each as Error & { where: string };
  }
  return undefined;
}
