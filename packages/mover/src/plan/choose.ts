import type { ColumnDecision } from '@vatevo/transfer';
import type { Question } from '../mapping/mapping-file.ts';
import type { ColumnForms, Form } from './forms.ts';
import { likelyUnit } from './units.ts';

/** What is proposed for a column, and what a person has to say. */
export interface Choice {
  readonly decision: ColumnDecision;
  /** Why each part of it, in words. */
  readonly why: readonly string[];
  readonly questions: readonly { readonly about: string; readonly question: Question }[];
}

type Kind = Exclude<keyof ColumnDecision, 'back' | 'nulls'>;

/** What a decision of a kind does, where it is the only one that helps. */
const WHY: Readonly<Record<Kind, string>> = {
  numbers: 'in this unit alone all numbers are times from 1990 to 2099',
  reals: 'they are the same numbers in the form that the column has',
  fraction: 'the column keeps fewer digits of a second; "round" is the other way',
  empty: 'empty texts and dates of zeros are nothing that the column could hold',
  blobs: 'in this form alone the column takes the bytes',
  texts: 'the column holds bytes, and those of the texts are UTF-8',
  nul: 'PostgreSQL keeps no NUL character in a text',
};

const QUESTIONS: Readonly<Partial<Record<Kind, string>>> = {
  numbers: 'What do the numbers count?',
  blobs: 'What are the bytes?',
  texts: 'The column holds lists. Is each text one, with commas between its items?',
};

/**
 * Chooses among the forms that take the same values. What has one meaning is proposed, what has several is asked.
 *
 * @param tools those whose own records are in the source: some write numbers in one way alone
 */
export function choose({ best, table, name }: ColumnForms, tools: ReadonlySet<string>): Choice {
  const place = `${table.source}.${name}`;
  const kinds = [...new Set(best.flatMap(({ decision }) => Object.keys(decision)))] as Kind[];
  const decision: Partial<Record<Kind, string>> = {};
  const why: string[] = [];
  const questions: Choice['questions'][number][] = [];
  for (const kind of kinds) {
    // Of the other kinds any: what numbers mean does not depend on what becomes of texts.
    const forms = best.filter(
      ({ decision: own }, i) => best.findIndex((form) => form.decision[kind] === own[kind]) === i,
    );
    const told = kind === 'numbers' ? toldBy(tools, forms) : undefined;
    const [chosen, ...others] = told ? [told] : sureOf(kind, forms);
    if (chosen !== undefined && others.length === 0) {
      decision[kind] = `${chosen.decision[kind]}`;
      const isText = kind === 'numbers' && forms.length === 1 && !isInstant(chosen);
      const isDuration = chosen.decision.texts === 'since-1970';
      why.push(told ? WHY_TOLD : isText ? WHY_TEXT : isDuration ? WHY_DURATION : WHY[kind]);
    } else {
      questions.push({
        about: `${place}: ${kind}`,
        question: {
          question: QUESTIONS[kind] ?? 'Which form is meant?',
          answer: null,
          candidates: Object.fromEntries(
            forms.map(({ decision: own, found }) => [
              `${own[kind]}`,
              {
                decides: { decisions: { columns: { [place]: { [kind]: own[kind] } } } },
                becomes: found.become.map(({ stored, printed }) => ({ stored, becomes: printed })),
              },
            ]),
          ) as Question['candidates'],
        },
      });
    }
  }
  return { decision: decision as ColumnDecision, why, questions };
}

const WHY_TEXT = 'the column holds texts, and the numbers are written out';

const WHY_DURATION =
  'the column holds durations, and all texts are times: SQLAlchemy writes a duration as the time that it is after 1970 began';

const WHY_TOLD = 'Django, whose migrations the file has the record of, writes durations as microseconds';

/** Django's DurationField is microseconds wherever the database has no intervals (its reference of model fields). */
function toldBy(tools: ReadonlySet<string>, forms: readonly Form[]): Form | undefined {
  return tools.has('Django') ? forms.find(({ decision }) => decision.numbers === 'microseconds') : undefined;
}

function isInstant({ decision }: Form): boolean {
  return decision.numbers !== 'text';
}

/** The forms that may be meant, where that can be told: one of them is sure. */
function sureOf(kind: Kind, forms: readonly Form[]): readonly Form[] {
  if (kind === 'fraction') return forms.filter(({ decision }) => decision.fraction === 'truncate');
  // Whatever is written may be a list of one item.
  if (kind === 'texts' && forms.some(({ decision }) => decision.texts === 'commas')) return [];
  if (kind === 'numbers' && forms.some(isInstant)) {
    const likely = likelyUnit(forms);
    return likely === undefined ? [] : [likely];
  }
  return forms;
}
