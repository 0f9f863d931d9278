import type { Fault } from '../fault.ts';
import type { Comment } from './parse.ts';
import type { Rule } from './rule.ts';

type NamedRule = Pick<Rule, 'name' | 'needsRelease'>;

/** Of a script: on which lines statements begin, and its comments. */
interface Annotated {
  readonly statements: readonly { readonly line: number }[];
  readonly comments: readonly Comment[];
}

/** A comment that lets one statement break one rule: `-- lint: allow RULE because REASON`. */
export interface Allowance {
  readonly rule: string;
  readonly line: number;
  /** The line on which the statement that it stands above begins. */
  readonly statementLine: number;
}

const MARK = /^lint:/i;
const FORM = /^lint:\s*allow\s+(?<rule>\S+)(?:\s+because\b\s*(?<reason>.*))?$/i;

/** A reason shorter than this says nothing that a reader could check. */
const MIN_LENGTH = 20;
const MIN_WORDS = 4;

/** `release 1.4`, `v1.4.2`, `1.4.0` */
const RELEASE = /\brelease\s+\S*\d|\bv?\d+\.\d+/i;

/** The allowances of a migration, and which of them something needed. */
export class Allowances {
  readonly #file: string;
  readonly #all: Allowance[] = [];
  readonly #used = new Set<Allowance>();
  /** What is wrong with those that allow nothing. */
  readonly malformed: Fault[] = [];

  /** @param file of the migration, as a fault names it */
  constructor(file: string, { statements, comments }: Annotated, rules: readonly NamedRule[]) {
    this.#file = file;
    const starts = new Set(statements.map(({ line }) => line));
    const alone = new Set(comments.filter(({ isAlone }) => isAlone).map(({ line }) => line));
    for (const comment of comments.filter(({ text }) => MARK.test(text))) {
      let statementLine = comment.line;
      while (alone.has(statementLine)) statementLine++;
      const fault =
        faultOf(comment, rules) ?? (starts.has(statementLine) && comment.isAlone ? undefined : LOST);
      if (fault) this.malformed.push({ file: `${file}:${comment.line}`, ...fault });
      else {
        const rule = FORM.exec(comment.text)?.groups?.rule ?? '';
        this.#all.push({ rule, line: comment.line, statementLine });
      }
    }
  }

  /** Whether there is one that holds for a finding; it is needed then. */
  allow(holds: (allowance: Allowance) => boolean): boolean {
    const allowance = this.#all.find(holds);
    if (allowance) this.#used.add(allowance);
    return allowance !== undefined;
  }

  /** When everything has been looked at: those that nothing needed. */
  needless(): Fault[] {
    return this.#all
      .filter((allowance) => !this.#used.has(allowance))
      .map(({ rule, line }) => ({
        file: `${this.#file}:${line}`,
        problem: `an allowance for ${rule} that nothing needs`,
        fix: 'Remove it: it would hide the next fault.',
      }));
  }
}

const LOST = {
  problem: 'an allowance that does not stand directly above a statement',
  fix: 'Put it on a line of its own above the statement that it is for, with nothing but comments between.',
};

function faultOf({ text }: Comment, rules: readonly NamedRule[]): Omit<Fault, 'file'> | undefined {
  const { rule: name = '', reason = '' } = FORM.exec(text)?.groups ?? {};
  if (name === '') {
    return {
      problem: 'a comment for the linter that it does not understand',
      fix: 'Write it as: -- lint: allow RULE because REASON',
    };
  }
  const rule = rules.find((known) => known.name === name);
  if (!rule) {
    return {
      problem: `an allowance for "${name}", which is no rule`,
      fix: `The rules: ${rules.map((known) => known.name).join(', ')}.`,
    };
  }
  if (reason.length < MIN_LENGTH || reason.split(/\s+/).length < MIN_WORDS) {
    return {
      problem: `an allowance for ${name} without a reason that a reader could check`,
      fix: `Say in a few words why this statement does no harm: -- lint: allow ${name} because REASON`,
    };
  }
  if (rule.needsRelease && !RELEASE.test(reason)) {
    return {
      problem: `an allowance for ${name} that does not name the release which stopped using it`,
      fix: `Name it: -- lint: allow ${name} because release 1.4 was the last to read it and none runs any more`,
    };
  }
  return undefined;
}
