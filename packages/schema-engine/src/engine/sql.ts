/** A query with parameters `$1`, `$2`, …; comments in front of it may name them. */
export interface SqlQuery {
  readonly name: string;
  readonly source: string;
}

/** What it takes and gives, with types in the words of Prisma's engine: `int`, `string-array`, or the name of an enum. */
export interface DescribedSql extends SqlQuery {
  readonly documentation: string | null;
  readonly parameters: readonly {
    readonly name: string;
    readonly typ: string;
    readonly documentation: string | null;
    readonly nullable: boolean;
  }[];
  readonly resultColumns: readonly {
    readonly name: string;
    readonly typ: string;
    readonly nullable: boolean;
  }[];
}
