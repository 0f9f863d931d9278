import type { TransferReport } from '@vatevo/transfer';

/** What the engine does not know of its own run. */
export interface ReportFacts {
  /** The target for people, without its password: what `describeTarget` gives. */
  readonly target: string;
  /** When the run ended, in ISO 8601 and UTC. */
  readonly finishedAt: string;
  /** Of this tool. */
  readonly version: string;
}

/** A state of the source file, as the engine tells it from others. */
interface SourceState {
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly modified: string;
  /** SHA-256 of the file's header. */
  readonly header: string;
  readonly wal?: SourceState;
}

/** A transfer as the page shows it: reports of runs that recorded their start or source state say so. */
export type ReportedTransfer = TransferReport & {
  /** UTC. */
  readonly startedAt?: string;
  readonly fingerprint?: SourceState;
};
