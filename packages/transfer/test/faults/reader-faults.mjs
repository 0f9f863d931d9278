/** A reader that dies as threads do, by an exit or by an error, at some row of its work. */
const dying = (doesIt, die) => ({
  module: 'source/sqlite/readers/quick-encoder.js',
  name: 'QuickEncoder',
  wrap: (Sound) => ({
    open(db, table, work) {
      const encoder = Sound.open(db, table, work);
      if (!doesIt(work) || encoder === undefined) return encoder;
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

/** So readers encode while the copy goes on. */
const withoutRoom = {
  module: 'source/sqlite/readers/spool.js',
  name: 'Spool',
  wrap: () => ({ open: () => undefined }),
};

/** A mistake of ours while the file is opened. */
const unopened = {
  module: 'source/sqlite/equal-form.js',
  name: 'registerEqualForm',
  wrap: () => () => undefined.nothing,
};

const exit = () => process.exit(9);
const fail = () => {
  throw new Error('a fault of a reader');
};
const inspecting = ({ checks }) => checks;
const copying = ({ checks }) => !checks;

export const FAULTS = {
  'exits in the inspection': dying(inspecting, exit),
  'throws in the inspection': dying(inspecting, fail),
  'exits in the copy': [withoutRoom, dying(copying, exit)],
  'throws in the copy': [withoutRoom, dying(copying, fail)],
  'finds no room': withoutRoom,
  'fails as it opens the file': unopened,
};
