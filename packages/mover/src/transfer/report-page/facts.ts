/** What the engine does not know of its own run. */
export interface ReportFacts {
  /** The target for people, without its password: what `describeTarget` gives. */
  readonly target: string;
  /** When the run ended, in ISO 8601 and UTC. */
  readonly finishedAt: string;
  /** Of this tool. */
  readonly version: string;
}
