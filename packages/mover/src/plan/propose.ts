import {
  type ColumnEvidence,
  type Endpoints,
  type SourceCatalog,
  type SqliteTable,
  type TransferMapping,
  useSession,
} from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import {
  describeUnread,
  findOtherRows,
  findSeeded,
  findUnread,
  markUnread,
  type OtherRows,
  type PointedRows,
  type TargetCatalog,
} from '@vatevo/transfer/pipeline';
import { bookkeepingTool, misfit, planTransfer } from '@vatevo/transfer/plan';
import { joinMappings } from '../mapping/join-mappings.ts';
import type { Decided, Question } from '../mapping/mapping-file.ts';
import { choose } from './choose.ts';
import { type ColumnForms, findForms } from './forms.ts';
import { askAbout, leftoversOf } from './leftovers.ts';
import { matchNames } from './names.ts';
import type { Evidence, Proposal } from './proposal.ts';
import { aboutSeeded, type Seeded } from './seeded.ts';

/**
 * Looks at a source and a target, and writes down what has to be decided before one is moved into the other.
 *
 * @param answer what becomes of rows that the target has already and the source has not; asked where nothing is given
 * @throws TransferError for what no decision fixes
 */
export function proposeMapping(endpoints: Endpoints, answer?: Seeded): Promise<Proposal> {
  return useSession(endpoints, async ({ source, target }) => {
    const into = { ...(await target.catalog()), schema: target.schema };
    const given = endpoints.mapping as Decided;
    const proposing = <Found>(decides: Decided, work: (by: Proposing) => Found) =>
      source.look((catalog) =>
        work(new Proposing(catalog, into, joinMappings(given, decides), source.maxRead)),
      );
    const first = proposing({}, (by) => by.propose());
    const seeded = await findSeeded(source, target, first.plan);
    if (seeded.length === 0) return first;
    const about = (said?: Seeded, others?: readonly OtherRows[]) =>
      source.look((catalog) => aboutSeeded(seeded, catalog.tables, said, others));
    // What keeps its own rows takes none, and needs no decision on them.
    const pointed = proposing(about('skip').decides, (by) => by.pointed());
    const others =
      pointed.length === 0 ? [] : await findOtherRows(await source.snapshot(), target.digests, pointed);
    const answered = about(answer, others);
    const rest = proposing(answered.decides, (by) => by.propose());
    return {
      ...rest,
      questions: { ...rest.questions, ...answered.questions },
      evidence: { ...rest.evidence, ...answered.evidence },
    };
  });
}

type Planned = Extract<ReturnType<typeof planTransfer>, { ok: true }>;
type Into = TargetCatalog & { readonly schema: string };

class Proposing {
  readonly #catalog: SourceCatalog;
  readonly #into: Into;
  readonly #maxRead: number;
  readonly #tools: ReadonlySet<string>;
  #decides: Decided;
  readonly #questions: Record<string, Question> = {};
  readonly #evidence: Record<string, Evidence> = {};
  readonly #refused: string[] = [];

  constructor(catalog: SourceCatalog, into: Into, given: Decided, maxRead: number) {
    this.#catalog = catalog;
    this.#into = into;
    this.#maxRead = maxRead;
    this.#tools = new Set(catalog.tables.flatMap((table) => bookkeepingTool(table) ?? []));
    this.#decides = given;
  }

  /** Rows that stay in the source for those of the target, and that others point to. */
  pointed(): readonly PointedRows[] {
    const { plan, kept } = this.#pair();
    return this.#catalog.pointedRows(plan, kept, this.#into.tables).pointed;
  }

  propose(): Proposal {
    const { plan, renamed } = this.#pair();
    for (const { from, to } of renamed) {
      this.#evidence[from] = { why: `${to} is the same name in another spelling, and no other is` };
    }
    const withoutZone: ColumnForms[] = [];
    for (const table of plan.tables) {
      const source = this.#catalog.tables.find(({ name }) => name === table.source) as SqliteTable;
      const columns = findForms(this.#catalog, source, table);
      for (const found of columns) if (found.plain.refused > 0) this.#fix(found);
      withoutZone.push(...columns.filter(mayNameNoZone));
    }
    this.#nameZone(withoutZone);
    this.#askAboutLarge();
    return {
      decides: this.#decides,
      questions: this.#questions,
      evidence: this.#evidence,
      renamed,
      refused: this.#refused,
      plan,
    };
  }

  #decide(more: Decided): void {
    this.#decides = joinMappings(this.#decides, more);
  }

  /** What belongs together by its name, and what the move would be by that. */
  #pair() {
    const { decides, renamed } = matchNames(this.#catalog.tables, this.#into.tables, this.#decides);
    this.#decide(decides);
    return { ...this.#plan(), renamed };
  }

  /** The plan that there would be if everything that has no place stayed behind. */
  #plan(): Pick<Planned, 'plan' | 'kept'> {
    const first = this.#planBy(this.#decides);
    if (first.ok) return first;
    let waived: Decided = this.#decides;
    for (const leftover of leftoversOf(first.faults, this.#catalog.tables)) {
      const question = askAbout(leftover);
      this.#questions[leftover.name] = question;
      waived = joinMappings(waived, question.candidates['leave-behind']?.decides ?? {});
    }
    const second = this.#planBy(waived);
    if (!second.ok) throw misfit(second.faults);
    return second;
  }

  #planBy(decides: Decided) {
    return planTransfer({
      schema: this.#into.schema,
      source: this.#catalog.tables,
      target: this.#into.tables,
      mapping: decides as TransferMapping,
      runStart: '1970-01-01 00:00:00.000000',
      holdsData: this.#catalog.holdsData,
      emptyFits: true,
    });
  }

  #fix(found: ColumnForms): void {
    const { table, name, column, evidence, plain, best } = found;
    const place = `${table.source}.${name}`;
    const { decision, why, questions } = choose(found, this.#tools);
    const facts = {
      into: `${table.target.name}.${column.target} (${column.type.sql})`,
      ...factsOf(evidence),
      asItIs: { taken: plain.taken, refused: plain.refused, because: plain.refusal },
    };
    if (Object.keys(decision).length > 0) {
      this.#decide({ decisions: { columns: { [place]: decision } } } as Decided);
      const chosen = best.find(({ decision: own }) =>
        Object.entries(decision).every(([kind, value]) => own[kind as keyof typeof own] === value),
      );
      this.#evidence[place] = {
        why: why.join('; '),
        ...facts,
        ...(chosen && {
          result: {
            taken: chosen.found.taken,
            altered: chosen.found.altered,
            becomingNull: chosen.found.nulled,
            values: chosen.found.become.map(({ stored, printed }) => ({ stored, becomes: printed })),
          },
        }),
      };
    }
    for (const { about, question } of questions) {
      this.#questions[about] = { ...question, evidence: facts };
    }
    const left = best[0]?.found ?? plain;
    if (left.refused > 0) {
      this.#refused.push(`${place}: ${left.refused} values are refused, the first for this: ${left.refusal}`);
    }
  }

  /** Values that are too large for what else is decided. */
  #askAboutLarge(): void {
    const plan = markUnread(this.#plan().plan, this.#catalog, this.#maxRead);
    const rules = { ...this.#into, targetTables: this.#into.tables };
    for (const unread of findUnread(this.#catalog, plan, rules, this.#maxRead)) {
      const { name } = unread;
      const why = `${name} holds what cannot be carried (${describeUnread(unread)})`;
      this.#questions[name] = askAbout({ name, also: [], why }, 'change that, and plan again');
    }
  }

  /** What is assumed is said. */
  #nameZone(columns: readonly ColumnForms[]): void {
    if (columns.length === 0 || this.#decides.decisions?.zone !== undefined) return;
    this.#decide({ decisions: { zone: 'UTC' } });
    this.#evidence.zone = {
      why: "times that name no zone are read as UTC, in which SQLite's own functions write them",
      columns: columns.map(({ table, name }) => `${table.source}.${name}`),
    };
  }
}

/** Whether what a column holds are instants, some of them written as texts. */
function mayNameNoZone({ column, evidence }: ColumnForms): boolean {
  return columnType(column.type).traits.namesInstants && evidence.stored.text > 0;
}

function factsOf({ declaredType, rows, stored, large, ...evidence }: ColumnEvidence) {
  const { secret, besideZero, texts, blobs, samples } = evidence;
  return {
    declared: declaredType,
    rows,
    stored: Object.fromEntries(Object.entries(stored).filter(([, count]) => count > 0)),
    ...(large > 0 && { large }),
    ...(besideZero && !secret && { range: [`${besideZero.lowest}`, `${besideZero.highest}`] }),
    ...(texts && { lengthsOfTexts: [texts.shortest, texts.longest], emptyTexts: texts.empty }),
    ...(blobs && { lengthsOfBlobs: [blobs.shortest, blobs.longest] }),
    samples,
  };
}
