export type StageName = 'inspect' | 'copy' | 'finalize' | 'verify';

/** How far a stage has come: `rows` of `totalRows`, or steps of it where no rows pass. */
export interface Progress {
  readonly stage: StageName;
  readonly rows: number;
  readonly totalRows: number;
  /**
   * Bytes so far: of the source's rows while they are inspected, of COPY data, or of the texts that both sides
   * digest; 0 where no rows pass.
   */
  readonly bytes: number;
}

export type OnProgress = (progress: Progress) => void;

/** Adds up what readers report and passes it on. */
export class ProgressMeter {
  #rows = 0;
  #bytes = 0;
  readonly #stage: StageName;
  readonly #totalRows: number;
  readonly #onProgress: OnProgress | undefined;

  constructor(
    stage: StageName,
    totalRows: number,
    onProgress: OnProgress | undefined,
    alreadyDone: { readonly rows: number; readonly bytes: number } = { rows: 0, bytes: 0 },
  ) {
    this.#stage = stage;
    this.#totalRows = totalRows;
    this.#onProgress = onProgress;
    this.add(alreadyDone.rows, alreadyDone.bytes);
  }

  /** Bound, so that it can be handed over as a callback. */
  readonly add = (rows: number, bytes: number): void => {
    this.#rows += rows;
    this.#bytes += bytes;
    this.#onProgress?.({
      stage: this.#stage,
      rows: this.#rows,
      totalRows: this.#totalRows,
      bytes: this.#bytes,
    });
  };
}
