import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type MappingFile, mappingFileSchema } from '../mapping/mapping-file.ts';
import type { Proposal } from './proposal.ts';

/** The files of a proposal: the mapping, and beside it what editors check it by. */
export interface ProposalFiles {
  readonly mapping: string;
  readonly schema: string;
}

/**
 * @param out the mapping's path
 * @throws CommandError with exit code 2 when one of them is there and may not be written over
 */
export function filesFor(out: string, force: boolean): ProposalFiles {
  const files = { mapping: out, schema: `${out.replace(/\.json$/i, '')}.schema.json` };
  const taken = Object.values(files).filter((file) => existsSync(file));
  if (taken.length > 0 && !force) {
    throw new CommandError(ExitCode.usage, `There is already a file ${taken.join(' and ')}.`, {
      remedy: ['Give --out another path, or --force to write over it.'],
    });
  }
  if (!existsSync(dirname(out))) {
    throw new CommandError(ExitCode.usage, `There is no folder ${dirname(out)} for --out.`);
  }
  return files;
}

export function writeProposal({ mapping, schema }: ProposalFiles, proposal: Proposal): void {
  writeFileSync(schema, asJson(mappingFileSchema()));
  writeFileSync(mapping, asJson(mappingOf(proposal, `./${basename(schema)}`)));
}

export function mappingOf({ decides, questions, evidence }: Proposal, schema?: string): MappingFile {
  return {
    ...(schema !== undefined && { $schema: schema }),
    ...decides,
    ...(Object.keys(questions).length > 0 && { questions }),
    ...(Object.keys(evidence).length > 0 && { evidence }),
  };
}

function asJson(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
