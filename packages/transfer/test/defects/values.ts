/** One value of the target that is not what the source says. */
export interface ValueDefect {
  readonly type: string;
  readonly defect: string;
  /** Where: table, id of the row, column. */
  readonly table: string;
  readonly row: number;
  readonly column: string;
  /** The wrong value, as a SQL expression over the row. */
  readonly set: string;
  /** Both values as verification must show them. */
  readonly expected: string | null;
  readonly actual: string | null;
}

type Line = readonly [
  defect: string,
  row: number,
  set: string,
  expected: string | null,
  actual: string | null,
];

function of(type: string, place: string, lines: readonly Line[]): ValueDefect[] {
  const [table = '', column = ''] = place.split('.');
  return lines.map(([defect, row, set, expected, actual]) => ({
    type,
    defect,
    table,
    row,
    column,
    set,
    expected,
    actual,
  }));
}

const HIDDEN = '(hidden)';
const DOC = '{"note": null, "lines": [{"qty": 9007199254740993, "name": "x"}], "total": 1.10}';
const VERBATIM = '{"b": 1.0, "a": [1, 2]}';

/** Rows 1 and 2 hold values, row 3 holds NULLs, row 4 what is easily taken for NULL: zeros and empty texts. */
export const VALUE_DEFECTS: readonly ValueDefect[] = [
  ...of('int2', 'sample.small', [
    ['one unit', 1, 'small + 1', '7', '8'],
    ['sign', 1, '-small', '7', '-7'],
    ['value to NULL', 1, 'NULL', '7', null],
    ['NULL to zero', 3, '0', null, '0'],
    ['zero to NULL', 4, 'NULL', '0', null],
  ]),
  ...of('int4', 'sample.medium', [
    ['one unit', 1, 'medium - 1', '70000', '69999'],
    ['sign', 2, '-medium', '-70001', '70001'],
    ['cut to 16 bits', 1, '4464', '70000', '4464'],
    ['value to NULL', 2, 'NULL', '-70001', null],
    ['NULL to zero', 3, '0', null, '0'],
    ['zero to NULL', 4, 'NULL', '0', null],
  ]),
  ...of('int8', 'sample.big', [
    ['one unit', 1, 'big + 1', '9007199254740993', '9007199254740994'],
    ['rounded to a double', 1, 'big - 1', '9007199254740993', '9007199254740992'],
    ['sign', 2, '-big', '-5', '5'],
    ['value to NULL', 1, 'NULL', '9007199254740993', null],
    ['NULL to zero', 3, '0', null, '0'],
  ]),
  ...of('bool', 'sample.flag', [
    ['true to false', 1, 'false', 'true', 'false'],
    ['false to true', 2, 'true', 'false', 'true'],
    ['value to NULL', 1, 'NULL', 'true', null],
    ['NULL to false', 3, 'false', null, 'false'],
    ['NULL to the default', 3, 'DEFAULT', null, 'true'],
  ]),
  ...of('numeric', 'sample.money', [
    ['one unit', 1, '100.01', '100.00', '100.01'],
    ['scale', 1, '100.0', '100.00', '100.0'],
    ['scale lost', 1, '100', '100.00', '100'],
    ['scale grown', 1, '100.000', '100.00', '100.000'],
    ['zero with a scale', 4, '0.00', '0', '0.00'],
    ['sign', 2, '-money', '-3.1', '3.1'],
    ['point moved', 1, '10.000', '100.00', '10.000'],
    ['not a number', 1, `'NaN'`, '100.00', 'NaN'],
    ['value to NULL', 1, 'NULL', '100.00', null],
    ['NULL to zero', 3, '0', null, '0'],
    ['zero to NULL', 4, 'NULL', '0', null],
  ]),
  ...of('numeric(12,2)', 'sample.price', [
    ['one unit', 1, 'price + 0.01', '2101.12', '2101.13'],
    ['digits exchanged', 1, '2101.21', '2101.12', '2101.21'],
    ['sign', 1, '-price', '2101.12', '-2101.12'],
    ['point moved', 1, 'price / 10', '2101.12', '210.11'],
    ['value to NULL', 1, 'NULL', '2101.12', null],
    ['NULL to zero', 3, '0', null, '0.00'],
    ['zero to NULL', 2, 'NULL', '0.00', null],
  ]),
  ...of('text', 'sample.words', [
    ['one character', 1, `'Straße 2'`, 'Straße 1', 'Straße 2'],
    ['case', 1, `'straße 1'`, 'Straße 1', 'straße 1'],
    ['trailing space', 1, `words || ' '`, 'Straße 1', 'Straße 1 '],
    ['leading space', 1, `' ' || words`, 'Straße 1', ' Straße 1'],
    ['line break', 1, `words || E'\\n'`, 'Straße 1', 'Straße 1\n'],
    ['last character cut', 1, 'left(words, -1)', 'Straße 1', 'Straße '],
    ['characters exchanged', 1, `'Srtaße 1'`, 'Straße 1', 'Srtaße 1'],
    ['letter transcribed', 1, `'Strasse 1'`, 'Straße 1', 'Strasse 1'],
    ['encoding mistaken', 1, `'StraÃŸe 1'`, 'Straße 1', 'StraÃŸe 1'],
    ['look-alike letter', 2, `'х'`, 'x', 'х'],
    ['value to NULL', 1, 'NULL', 'Straße 1', null],
    ['NULL to empty', 3, `''`, null, ''],
    ['NULL to the word NULL', 3, `'NULL'`, null, 'NULL'],
    ['empty to NULL', 4, 'NULL', '', null],
    ['empty to space', 4, `' '`, '', ' '],
  ]),
  ...of('text', 'tenant.name', [['decomposed accent', 1, `normalize(name, NFD)`, 'Müller', 'Mu\u0308ller']]),
  ...of('text', 'tenant.webhook_secret', [
    ['one character (secret)', 1, `'husk'`, HIDDEN, HIDDEN],
    ['NULL to empty (secret)', 2, `''`, HIDDEN, HIDDEN],
  ]),
  ...of('varchar', 'sample.short', [
    ['one character', 1, `'abd'`, 'abc', 'abd'],
    ['case', 1, `'Abc'`, 'abc', 'Abc'],
    ['trailing space', 1, `short || ' '`, 'abc', 'abc '],
    ['last character cut', 1, 'left(short, -1)', 'abc', 'ab'],
    ['value to NULL', 1, 'NULL', 'abc', null],
    ['NULL to empty', 3, `''`, null, ''],
    ['empty to NULL', 4, 'NULL', '', null],
  ]),
  ...of('char', 'sample.code', [
    ['one character', 1, `'ABD'`, 'ABC', 'ABD'],
    ['case', 1, `'ABc'`, 'ABC', 'ABc'],
    ['last character cut', 1, `'AB'`, 'ABC', 'AB'],
    ['value to NULL', 1, 'NULL', 'ABC', null],
    ['NULL to empty', 3, `''`, null, ''],
  ]),
  ...of('enum', 'sample.state', [
    ['neighbour', 1, `'SENT'`, 'DRAFT', 'SENT'],
    ['value to NULL', 2, 'NULL', 'PAID', null],
    ['NULL to the default', 3, 'DEFAULT', null, 'DRAFT'],
  ]),
  ...of('bytea', 'sample.bytes', [
    ['one byte', 1, `'\\x00ff11'`, '00ff10', '00ff11'],
    ['one bit', 2, `set_bit(bytes, 0, 1)`, 'cafe', 'cbfe'],
    ['byte missing', 1, `'\\x00ff'`, '00ff10', '00ff'],
    ['leading zero missing', 1, `'\\xff10'`, '00ff10', 'ff10'],
    ['byte added', 1, `bytes || '\\x00'`, '00ff10', '00ff1000'],
    ['cut at NUL', 1, `''`, '00ff10', ''],
    ['value to NULL', 1, 'NULL', '00ff10', null],
    ['NULL to empty', 3, `''`, null, ''],
    ['empty to NULL', 4, 'NULL', '', null],
  ]),
  ...of('uuid', 'sample.token', [
    [
      'one digit',
      1,
      `'c0ffee00-1234-4abc-8def-000000000009'`,
      'c0ffee00-1234-4abc-8def-000000000001',
      'c0ffee00-1234-4abc-8def-000000000009',
    ],
    [
      'byte order',
      1,
      `'00eeffc0-3412-bc4a-8def-000000000001'`,
      'c0ffee00-1234-4abc-8def-000000000001',
      '00eeffc0-3412-bc4a-8def-000000000001',
    ],
    ['value to NULL', 1, 'NULL', 'c0ffee00-1234-4abc-8def-000000000001', null],
    ['zero to NULL', 4, 'NULL', '00000000-0000-0000-0000-000000000000', null],
  ]),
  ...of('float4', 'sample.single', [
    ['last bit', 1, '0.50000006', '3f000000', '3f000001'],
    ['sign', 2, '-single', 'c0100000', '40100000'],
    ['negative zero', 4, `'-0'`, '00000000', '80000000'],
    ['not a number', 1, `'NaN'`, '3f000000', '7fc00000'],
    ['value to NULL', 1, 'NULL', '3f000000', null],
    ['NULL to zero', 3, '0', null, '00000000'],
    ['zero to NULL', 4, 'NULL', '00000000', null],
  ]),
  ...of('float8', 'sample.double', [
    ['last bit', 1, '0.10000000000000002', '3fb999999999999a', '3fb999999999999b'],
    ['rounded to a single', 1, '0.1::float4', '3fb999999999999a', '3fb99999a0000000'],
    ['sign', 1, '-double', '3fb999999999999a', 'bfb999999999999a'],
    ['negative zero', 4, `'-0'`, '0000000000000000', '8000000000000000'],
    ['infinity', 2, `'Infinity'`, '7e37e43c8800759c', '7ff0000000000000'],
    ['value to NULL', 1, 'NULL', '3fb999999999999a', null],
    ['NULL to zero', 3, '0', null, '0000000000000000'],
  ]),
  ...of('date', 'sample.day', [
    ['one day', 1, 'day + 1', '2024-02-29', '2024-03-01'],
    ['one century', 2, `'2099-12-31'`, '1999-12-31', '2099-12-31'],
    ['before Christ', 4, `'0001-01-01 BC'`, '0001-01-01', '0001-01-01 BC'],
    ['infinity', 1, `'infinity'`, '2024-02-29', 'infinity'],
    ['value to NULL', 1, 'NULL', '2024-02-29', null],
    ['NULL to epoch', 3, `'epoch'`, null, '1970-01-01'],
  ]),
  ...of('timestamp', 'sample.local', [
    ['one microsecond', 1, `local + '1 microsecond'`, '2025-01-15 00:00:00', '2025-01-15 00:00:00.000001'],
    [
      'microseconds cut',
      2,
      `date_trunc('milliseconds', local)`,
      '1999-12-31 23:59:59.999999',
      '1999-12-31 23:59:59.999',
    ],
    ['rounded up', 2, `'2000-01-01'`, '1999-12-31 23:59:59.999999', '2000-01-01 00:00:00'],
    ['one hour', 1, `local + '1 hour'`, '2025-01-15 00:00:00', '2025-01-15 01:00:00'],
    ['one day', 1, `local - interval '1 day'`, '2025-01-15 00:00:00', '2025-01-14 00:00:00'],
    ['infinity', 1, `'-infinity'`, '2025-01-15 00:00:00', '-infinity'],
    ['value to NULL', 1, 'NULL', '2025-01-15 00:00:00', null],
    ['NULL to epoch', 3, `'epoch'`, null, '1970-01-01 00:00:00'],
  ]),
  ...of('timestamptz', 'sample.moment', [
    [
      'one microsecond',
      1,
      `moment - interval '1 microsecond'`,
      '2025-03-30 01:30:00.123456+00',
      '2025-03-30 01:30:00.123455+00',
    ],
    [
      'microseconds cut',
      1,
      `date_trunc('second', moment)`,
      '2025-03-30 01:30:00.123456+00',
      '2025-03-30 01:30:00+00',
    ],
    ['one hour', 2, `moment + '1 hour'`, '2026-11-24 02:34:12+00', '2026-11-24 03:34:12+00'],
    [
      'taken as local time',
      2,
      `moment AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'`,
      '2026-11-24 02:34:12+00',
      '2026-11-24 01:34:12+00',
    ],
    [
      'half an hour of zone',
      2,
      `moment - interval '5 hours 30 minutes'`,
      '2026-11-24 02:34:12+00',
      '2026-11-23 21:04:12+00',
    ],
    ['infinity', 1, `'infinity'`, '2025-03-30 01:30:00.123456+00', 'infinity'],
    ['value to NULL', 1, 'NULL', '2025-03-30 01:30:00.123456+00', null],
    ['NULL to epoch', 3, `'epoch'`, null, '1970-01-01 00:00:00+00'],
  ]),
  ...of('timestamptz', 'sample.counted', [
    ['one second of a count', 1, `counted + '1 second'`, '2023-11-14 22:13:20+00', '2023-11-14 22:13:21+00'],
    [
      'seconds as milliseconds',
      1,
      `to_timestamp(1700000)`,
      '2023-11-14 22:13:20+00',
      '1970-01-20 16:13:20+00',
    ],
    ['epoch to NULL', 2, 'NULL', '1970-01-01 00:00:00+00', null],
  ]),
  ...of('json', 'sample.verbatim', [
    ['number', 1, `'{"b": 1.1, "a": [1, 2]}'`, VERBATIM, '{"b": 1.1, "a": [1, 2]}'],
    ['scale of a number', 1, `'{"b": 1, "a": [1, 2]}'`, VERBATIM, '{"b": 1, "a": [1, 2]}'],
    ['key', 1, `'{"c": 1.0, "a": [1, 2]}'`, VERBATIM, '{"c": 1.0, "a": [1, 2]}'],
    ['order of keys', 1, `'{"a": [1, 2], "b": 1.0}'`, VERBATIM, '{"a": [1, 2], "b": 1.0}'],
    ['white space', 1, `'{"b":1.0,"a":[1,2]}'`, VERBATIM, '{"b":1.0,"a":[1,2]}'],
    ['key twice', 1, `'{"b": 0, "b": 1.0, "a": [1, 2]}'`, VERBATIM, '{"b": 0, "b": 1.0, "a": [1, 2]}'],
    ['array to object', 2, `'{}'`, '[]', '{}'],
    ['JSON null to NULL', 4, 'NULL', 'null', null],
    ['NULL to JSON null', 3, `'null'`, null, 'null'],
  ]),
  ...of('jsonb', 'sample.doc', [
    [
      'number',
      2,
      `jsonb_set(doc, '{total}', '3')`,
      '{"note": "y", "lines": [], "total": 2}',
      '{"note": "y", "lines": [], "total": 3}',
    ],
    ['scale of a number', 1, `jsonb_set(doc, '{total}', '1.1')`, DOC, DOC.replace('1.10', '1.1')],
    [
      'nested number, one unit',
      1,
      `jsonb_set(doc, '{lines,0,qty}', '9007199254740992')`,
      DOC,
      DOC.replace('993}', '992}').replace('9007199254740993', '9007199254740992'),
    ],
    ['nested text, case', 1, `jsonb_set(doc, '{lines,0,name}', '"X"')`, DOC, DOC.replace('"x"', '"X"')],
    [
      'number to text',
      2,
      `jsonb_set(doc, '{total}', '"2"')`,
      '{"note": "y", "lines": [], "total": 2}',
      '{"note": "y", "lines": [], "total": "2"}',
    ],
    [
      'key',
      2,
      `(doc - 'note') || '{"Note": "y"}'`,
      '{"note": "y", "lines": [], "total": 2}',
      '{"Note": "y", "lines": [], "total": 2}',
    ],
    ['nested key missing', 1, `doc #- '{lines,0,name}'`, DOC, DOC.replace(', "name": "x"', '')],
    [
      'key added',
      2,
      `doc || '{"extra": null}'`,
      '{"note": "y", "lines": [], "total": 2}',
      '{"note": "y", "extra": null, "lines": [], "total": 2}',
    ],
    ['null to missing key', 1, `doc - 'note'`, DOC, DOC.replace('"note": null, ', '')],
    ['element missing', 1, `doc #- '{lines,0}'`, DOC, '{"note": null, "lines": [], "total": 1.10}'],
    [
      'array to object',
      2,
      `jsonb_set(doc, '{lines}', '{}')`,
      '{"note": "y", "lines": [], "total": 2}',
      '{"note": "y", "lines": {}, "total": 2}',
    ],
    ['JSON null to NULL', 4, 'NULL', 'null', null],
    ['NULL to JSON null', 3, `'null'`, null, 'null'],
    ['JSON null to the text null', 4, `'"null"'`, 'null', '"null"'],
  ]),
  ...of('time', 'other.clock', [
    ['one microsecond', 2, `clock - interval '1 microsecond'`, '23:59:59.999999', '23:59:59.999998'],
    ['rounded up', 2, `'24:00'`, '23:59:59.999999', '24:00:00'],
    ['value to NULL', 1, 'NULL', '08:30:00', null],
    ['NULL to midnight', 3, `'00:00'`, null, '00:00:00'],
  ]),
  ...of('timetz', 'other.zoned', [
    ['one hour of zone', 1, `'10:00:00+03'`, '10:00:00+02', '10:00:00+03'],
    ['the same time in another zone', 1, `'09:00:00+01'`, '10:00:00+02', '09:00:00+01'],
    ['zone to UTC', 4, `'05:30:00+00'`, '00:00:00-05:30', '05:30:00+00'],
  ]),
  ...of('interval', 'other.span', [
    [
      'one second',
      1,
      `span + '1 second'`,
      '0000000141dd76000000000000000000',
      '0000000141ecb8400000000000000000',
    ],
    ['sign', 1, '-span', '0000000141dd76000000000000000000', 'fffffffebe228a000000000000000000'],
    [
      'a day for 24 hours',
      2,
      `'1 day'`,
      '000000141dd760000000000000000000',
      '00000000000000000000000100000000',
    ],
    ['value to NULL', 1, 'NULL', '0000000141dd76000000000000000000', null],
  ]),
  ...of('inet', 'other.address', [
    ['one bit', 1, `'10.0.0.0'`, '022000040a000001', '022000040a000000'],
    ['with a network', 1, `'10.0.0.1/24'`, '022000040a000001', '021800040a000001'],
    ['the other family', 4, `'0.0.0.0'`, `03800010${'0'.repeat(32)}`, '0220000400000000'],
  ]),
  ...of('cidr', 'other.network', [
    ['length of the network', 1, `'10.0.0.0/9'`, '020801040a000000', '020901040a000000'],
    ['value to NULL', 1, 'NULL', '020801040a000000', null],
  ]),
  ...of('macaddr', 'other.card', [
    ['one bit', 1, `'08:00:2b:01:02:02'`, '08:00:2b:01:02:03', '08:00:2b:01:02:02'],
    ['order of bytes', 1, `'03:02:01:2b:00:08'`, '08:00:2b:01:02:03', '03:02:01:2b:00:08'],
  ]),
  ...of('money', 'other.cash', [
    ['one cent', 1, `'12.51'`, '12.50', '12.51'],
    ['sign', 2, `'0.01'`, '-0.01', '0.01'],
    ['cents as units', 1, `'1250'`, '12.50', '1250.00'],
  ]),
  ...of('xml', 'other.markup', [
    ['text, case', 1, `'<a>X</a>'`, '<a>x</a>', '<a>X</a>'],
    ['white space', 1, `'<a> x</a>'`, '<a>x</a>', '<a> x</a>'],
    ['another spelling of the same', 2, `'<b></b>'`, '<b/>', '<b></b>'],
  ]),
  ...of('bit', 'other.bits', [
    ['one bit', 1, `'1011'`, '1010', '1011'],
    ['zeros to NULL', 2, 'NULL', '0000', null],
  ]),
  ...of('varbit', 'other.mask', [
    ['digit added', 1, `'1010'`, '101', '1010'],
    ['empty to NULL', 2, 'NULL', '', null],
  ]),
  ...of('citext', 'other.name', [
    ['case', 1, `'ADA'`, 'Ada', 'ADA'],
    ['empty to NULL', 2, 'NULL', '', null],
  ]),
  ...of('domain', 'other.mail', [
    ['one character', 1, `'adb@example.org'`, 'ada@example.org', 'adb@example.org'],
    ['NULL to text', 3, `'@'`, null, '@'],
  ]),
  ...of('array', 'other.numbers', [
    ['order', 1, `'{2,1}'`, '[1:2]1:11:2', '[1:2]1:21:1'],
    ['element missing', 1, `'{1}'`, '[1:2]1:11:2', '[1:1]1:1'],
    ['element to NULL', 1, `'{1,NULL}'`, '[1:2]1:11:2', '[1:2]1:1-1:'],
    ['dimension lost', 2, `'{1,2,3,4}'`, '[1:2][1:2]1:11:21:31:4', '[1:4]1:11:21:31:4'],
    ['other bounds', 1, `'[0:1]={1,2}'`, '[1:2]1:11:2', '[0:1]1:11:2'],
    ['empty to NULL', 4, 'NULL', '', null],
    ['NULL to empty', 3, `'{}'`, null, ''],
  ]),
  ...of('array of text', 'other.words', [
    ['NULL to the text NULL', 1, `'{a,"NULL"}'`, '[1:2]1:a-1:', '[1:2]1:a4:NULL'],
    ['text NULL to NULL', 2, `'{NULL,""}'`, '[1:2]4:NULL0:', '[1:2]-1:0:'],
    ['two to one', 1, `'{"a,NULL"}'`, '[1:2]1:a-1:', '[1:1]6:a,NULL'],
  ]),
  ...of('ltree', 'other.path', [
    ['case of a label', 1, `'Top.science'`, 'Top.Science', 'Top.science'],
    ['label lost', 1, `'Top'`, 'Top.Science', 'Top'],
    ['empty to NULL', 4, 'NULL', '', null],
  ]),
  ...of('hstore', 'other.labels', [
    ['NULL to the text NULL', 1, `'a=>"NULL", b=>1'`, '"a"=>NULL, "b"=>"1"', '"a"=>"NULL", "b"=>"1"'],
    ['text NULL to NULL', 2, `'k=>NULL'`, '"k"=>"NULL"', '"k"=>NULL'],
    ['pair lost', 1, `'b=>1'`, '"a"=>NULL, "b"=>"1"', '"b"=>"1"'],
    ['key and value changed round', 1, `'a=>NULL, "1"=>b'`, '"a"=>NULL, "b"=>"1"', '"1"=>"b", "a"=>NULL'],
  ]),
  ...of('point', 'other.spot', [
    ['x for y', 1, `'(-2,0.5)'`, '3fe0000000000000c000000000000000', 'c0000000000000003fe0000000000000'],
    [
      'sign of zero',
      2,
      `'(0,1e300)'`,
      '80000000000000007e37e43c8800759c',
      '00000000000000007e37e43c8800759c',
    ],
    [
      'lowest bit',
      1,
      `'(0.5000000000000001,-2)'`,
      '3fe0000000000000c000000000000000',
      '3fe0000000000001c000000000000000',
    ],
  ]),
  ...of('sha256', 'tenant.api_key_hash', [
    [
      'one digit',
      1,
      `translate(left(api_key_hash, 1), '0123456789abcdef', '123456789abcdef0') || substr(api_key_hash, 2)`,
      HIDDEN,
      HIDDEN,
    ],
    ['case', 1, 'upper(api_key_hash)', HIDDEN, HIDDEN],
    ['not hashed', 1, `'vat_0123456789abcdef0123456789abcdef'`, HIDDEN, HIDDEN],
    [
      'hash of another text',
      1,
      `encode(sha256('vat_0123456789ABCDEF0123456789abcdef'), 'hex')`,
      HIDDEN,
      HIDDEN,
    ],
  ]),
  ...of('prefix', 'tenant.api_key_prefix', [
    ['one character', 1, `'vat_0124'`, 'vat_0123', 'vat_0124'],
    ['last character cut', 1, `'vat_012'`, 'vat_0123', 'vat_012'],
    ['too much shown', 1, `'vat_01234'`, 'vat_0123', 'vat_01234'],
    ['value to empty', 1, `''`, 'vat_0123', ''],
  ]),
  ...of('through a foreign key', 'event.tenant_id', [
    ['another row', 1, '2', '1', '2'],
    ['no row', 2, '77', '2', '77'],
  ]),
];
