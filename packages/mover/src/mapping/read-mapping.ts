import { readFileSync } from 'node:fs';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { TransferMapping } from '@vatevo/transfer';
import { joinMappings } from './join-mappings.ts';
import { type Decided, type MappingFile, mappingFile, type Question } from './mapping-file.ts';

/**
 * Reads what somebody decided on how a file's tables become those of PostgreSQL.
 *
 * @throws CommandError with exit code 2 that names every place that is wrong, or that nobody has decided on
 */
export function readMapping(file: string): TransferMapping {
  return parseMapping(file, parse(file));
}

/** The same of what a file holds. @param file for messages */
export function parseMapping(file: string, content: unknown): TransferMapping {
  const found = mappingFile.safeParse(content);
  if (found.success) return answered(file, found.data) as TransferMapping;
  throw new CommandError(ExitCode.usage, `${file} is not a mapping.`, {
    remedy: found.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`),
  });
}

/** What is decided, that what was chosen decides among it. */
function answered(
  file: string,
  { $schema: _, evidence: __, questions = {}, ...decided }: MappingFile,
): Decided {
  const asked = Object.entries(questions);
  const chosen = asked.map(([, { answer, candidates }]) =>
    answer !== null && Object.hasOwn(candidates, answer) ? candidates[answer]?.decides : undefined,
  );
  const open = asked.filter((_, i) => chosen[i] === undefined);
  if (open.length > 0) {
    throw new CommandError(
      ExitCode.usage,
      `${file} leaves ${open.length === 1 ? 'a question' : `${open.length} questions`} open: nothing is moved before somebody has chosen.`,
      { remedy: open.map(toAnswer) },
    );
  }
  return chosen.reduce<Decided>((all, answer) => joinMappings(all, answer ?? {}), decided);
}

function toAnswer([name, { question, answer, candidates }]: [string, Question]): string {
  const choices = Object.keys(candidates).join(', ');
  const wrong = answer === null ? '' : ` (${JSON.stringify(answer)} is none of them)`;
  return `${name}: ${question} Let its "answer" be one of ${choices}${wrong}.`;
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(
      ExitCode.usage,
      `The mapping ${file} cannot be read: ${(error as Error).message}.`,
      {
        remedy: ['Give --mapping the path of a JSON file.'],
      },
    );
  }
}
