/** A reader that dies as threads do: by an exit, or by an error. */
const whileCopying = (die) => ({
  module: 'readers/quick-encoder.js',
  name: 'QuickEncoder',
  wrap: (Sound) => ({
    open(db, table, inspected) {
      const encoder = Sound.open(db, table, inspected);
      if (!inspected || encoder === undefined) return encoder;
      const next = encoder.next.bind(encoder);
      encoder.next = () => {
        const found = next();
        if (found && encoder.rowid === 35_000) die();
        return found;
      };
      return encoder;
    },
  }),
});

export const FAULTS = {
  exits: whileCopying(() => process.exit(9)),
  throws: whileCopying(() => {
    throw new Error('a fault of a reader');
  }),
};
