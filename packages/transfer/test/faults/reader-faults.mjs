/** A reader that dies as threads do: by an exit, or by an error. */
const whileCopying = (die) => ({
  module: 'readers/row-encoder.js',
  name: 'RowEncoder',
  wrap: (Sound) =>
    class extends Sound {
      #copying;

      constructor(db, table, inspected) {
        super(db, table, inspected);
        this.#copying = inspected;
      }

      *select(range) {
        let rows = 0;
        for (const row of super.select(range)) {
          if (this.#copying && range.bounds?.lowest > 20_000n && rows++ === 10_000) die();
          yield row;
        }
      }
    },
});

export const FAULTS = {
  exits: whileCopying(() => process.exit(9)),
  throws: whileCopying(() => {
    throw new Error('a fault of a reader');
  }),
};
