/**
 * Faulty parts of the copy, each as it was made by somebody once. A fault names the module of the built engine
 * that it replaces, the export, and what it makes of the sound one.
 */

/** Replaces what the given types encode with. */
const onEncoding = (types, alter) => ({
  module: 'column-types/registry.js',
  name: 'columnType',
  wrap: (sound) => (type) => {
    const columnType = sound(type);
    if (!types.includes(type.name)) return columnType;
    return { ...columnType, encode: (...of) => alter(columnType.encode(...of)) };
  },
});

/** Alters what is encoded of the given types. */
const onValues = (types, alter) => onEncoding(types, (encode) => (value, out) => encode(alter(value), out));

const onText = (types, alter) =>
  onValues(types, (value) => (typeof value === 'string' ? alter(value) : value));

/** Replaces what is written for some values. */
const onWriting = (types, applies, write) =>
  onEncoding(types, (encode) => (value, out) => (applies(value) ? write(value, out) : encode(value, out)));

const onDerivation = (wrap) => ({ module: 'derivation/encode.js', name: 'deriver', wrap });

/** Alters the going from row to row of tables that are read from their pages, while they are copied. */
const onQuickRows = (alter) => ({
  module: 'source/sqlite/readers/quick-encoder.js',
  name: 'QuickEncoder',
  wrap: (Sound) => ({
    open(db, table, inspected) {
      const encoder = Sound.open(db, table, inspected);
      if (inspected && encoder) encoder.next = alter(encoder.next.bind(encoder), table);
      return encoder;
    },
  }),
});

/** Alters the text that a writer of page bytes is handed. */
const onQuickWriting = (module, name, alter) => ({
  module: `column-types/${module}/encode-page.js`,
  name,
  wrap:
    (sound) =>
    (bytes, start, end, ...rest) => {
      const altered = Buffer.from(alter(bytes, start, end), 'latin1');
      return sound(altered, 0, altered.length, ...rest);
    },
});

export const FAULTS = {
  'zone ignored': onText(['timestamptz'], (text) => text.replace(/(Z|[+-]\d\d:?\d\d)$/, '')),
  'zone added instead of taken off': onText(['timestamptz'], (text) =>
    text.replace(/([+-])(\d\d:\d\d)$/, (_, sign, hours) => (sign === '+' ? '-' : '+') + hours),
  ),
  'time taken as local': onText(['timestamptz'], (text) =>
    /(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}+01:00`,
  ),
  'microseconds cut by Date': onText(['timestamptz', 'timestamp'], (text) =>
    text.replace(/(\.\d{3})\d+/, '$1'),
  ),
  'seconds taken as milliseconds': onValues(['timestamptz'], (value) =>
    typeof value === 'bigint' ? value / 1000n : value,
  ),
  'date in another calendar day': onText(['date'], (text) =>
    new Date(Date.parse(text) - 3_600_000).toISOString().slice(0, 10),
  ),
  'text cut at NUL': onText(['text'], (text) => text.split('\0')[0]),
  'text trimmed': onText(['text', 'varchar'], (text) => text.trim()),
  'text normalised': onText(['text'], (text) => text.normalize('NFC')),
  'line ends converted': onText(['text'], (text) => text.replaceAll('\r\n', '\n')),
  'text as Latin-1': onText(['text'], (text) =>
    Buffer.from(text, 'utf8').toString('latin1').replaceAll('\0', ''),
  ),
  'empty text as NULL': onWriting(
    ['text', 'varchar'],
    (value) => value === '',
    (_, out) => out.null(),
  ),
  'money through a double': onText(['numeric'], (text) => String(Number(text))),
  'scale dropped': onText(['numeric'], (text) => text.replace(/\.0+$/, '')),
  'cents rounded': onText(['numeric'], (text) => Number(text).toFixed(1)),
  'integer through a double': onValues(['int8'], (value) =>
    typeof value === 'bigint' ? BigInt(Number(value)) : value,
  ),
  'sign lost': onValues(['int4'], (value) => (typeof value === 'bigint' && value < 0n ? -value : value)),
  'boolean inverted': onValues(['bool'], (value) => (typeof value === 'bigint' ? 1n - value : value)),
  'double through a single': onValues(['float8'], (value) =>
    typeof value === 'number' ? Math.fround(value) : value,
  ),
  'bytes through UTF-8': onValues(['bytea'], (value) =>
    Buffer.from(Buffer.from(value).toString('utf8'), 'utf8'),
  ),
  'uuid with its parts swapped': onValues(['uuid'], (value) =>
    typeof value === 'string' ? value.replace(/^(..)(..)(..)(..)-/, '$4$3$2$1-') : value,
  ),
  'enum by position': onText(['enum'], (text) => ({ SENT: 'PAID', PAID: 'SENT' })[text] ?? text),
  'JSON through JSON.parse': onText(['jsonb', 'json'], (text) => JSON.stringify(JSON.parse(text))),
  'JSON null as NULL': onWriting(
    ['jsonb'],
    (value) => value === 'null',
    (_, out) => out.null(),
  ),
  'hash in upper case': onDerivation((sound) => (derivation) => {
    const derive = sound(derivation);
    return derivation.kind === 'sha256-hex' ? (text) => derive(text).toUpperCase() : derive;
  }),
  'hash of trimmed text': onDerivation((sound) => (derivation) => {
    const derive = sound(derivation);
    return derivation.kind === 'sha256-hex' ? (text) => derive(text.trim()) : derive;
  }),
  'prefix one too long': onDerivation(
    (sound) => (derivation) =>
      sound(derivation.kind === 'prefix' ? { ...derivation, most: derivation.most + 1 } : derivation),
  ),
  'last row of a range excluded': {
    module: 'source/sqlite/readers/row-encoder.js',
    name: 'RowEncoder',
    wrap: (Sound) =>
      class extends Sound {
        *select(range) {
          const rows = [...super.select(range)];
          yield* rows.slice(0, -1);
        }
      },
  },
  'first row of a range twice': onQuickRows((next, table) => {
    let calls = 0;
    return () => (table.source === 'loose' && ++calls === 2 ? true : next());
  }),
  'row passed over on a page': onQuickRows((next) => {
    let calls = 0;
    return () => {
      if (++calls === 1) next();
      return next();
    };
  }),
  'zone ignored on a page': onQuickWriting('timestamp', 'writeTimestamp', (bytes, start, end) =>
    bytes.toString('latin1', start, end).replace(/(Z|[+-]\d\d:\d\d)$/, ''),
  ),
  'microseconds cut on a page': onQuickWriting('timestamp', 'writeTimestamp', (bytes, start, end) =>
    bytes.toString('latin1', start, end).replace(/(\.\d{3})\d{3}/, '$1000'),
  ),
  'scale dropped on a page': onQuickWriting('numeric', 'writeDecimal', (bytes, start, end) =>
    bytes.toString('latin1', start, end).replace(/\.0+$/, ''),
  ),
  'last byte left on the page': {
    module: 'column-types/encode/copy-writer.js',
    name: 'CopyWriter',
    wrap: (Sound) =>
      class extends Sound {
        copyField(bytes, start, end, leadingByte) {
          super.copyField(
            bytes,
            start,
            bytes.toString('utf8', start, end) === 'quick words' ? end - 1 : end,
            leadingByte,
          );
        }
      },
  },
};
