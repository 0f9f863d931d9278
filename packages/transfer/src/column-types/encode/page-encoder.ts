import type { CopyWriter } from './copy-writer.ts';

/** What is done with each value. */
export interface PageWork {
  /** Left out for rows that have passed it: then what the server checks again is not. */
  readonly checks: boolean;
  /** Left out where nobody wants the bytes. */
  readonly writes: boolean;
}

export interface PageOptions extends PageWork {
  /** As {@link EncodeOptions.zone}. */
  readonly zone?: string | undefined;
}

/** Writes a field; false, with nothing that counts in the writer, for a value that is left to the type's `encode`. */
export type WriteInteger = (value: number, out: CopyWriter) => boolean;
/** The same for the bytes of a value as they are stored, from `start` to before `end`. */
export type WriteBytes = (bytes: Buffer, start: number, end: number, out: CopyWriter) => boolean;

const leave = (): boolean => false;

/** How a type's values are written straight from the file's pages, by storage class; what is left out is left to `encode`. */
export class PageEncoder {
  /** Of 32 bits at the most, but for rowids, which are within 53. */
  readonly integer: WriteInteger;
  /** Eight bytes, the highest first. */
  readonly real: WriteBytes;
  readonly text: WriteBytes;
  readonly blob: WriteBytes;
  /** Whether a column may read integers as reals: SQLite stores such a real as the integer that it is. */
  readonly takesReals: boolean;

  constructor(forms: { integer?: WriteInteger; real?: WriteBytes; text?: WriteBytes; blob?: WriteBytes }) {
    this.integer = forms.integer ?? leave;
    this.real = forms.real ?? leave;
    this.text = forms.text ?? leave;
    this.blob = forms.blob ?? leave;
    this.takesReals = forms.real !== undefined;
  }
}
