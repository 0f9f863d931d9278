/**
 * How far a server's log of writes has come: `timeline/LSN`, such as `1/0/16B3748`. What was written before it can be read
 * wherever as much of the same timeline has been replayed; a promotion begins a new timeline.
 */
export interface Position {
  readonly timeline: number;
  readonly lsn: bigint;
}

const TEXT = /^(\d{1,9})\/([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** Reads what {@link formatPosition} wrote; undefined for any other text. */
export function parsePosition(text: string): Position | undefined {
  const [, timeline, high, low] = TEXT.exec(text) ?? [];
  if (timeline === undefined) return undefined;
  return { timeline: Number(timeline), lsn: parseLsn(`${high}/${low}`) };
}

/** The text of a position, for headers and logs. */
export function formatPosition({ timeline, lsn }: Position): string {
  const hex = (part: bigint) => part.toString(16).toUpperCase();
  return `${timeline}/${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
}

/** PostgreSQL's own text of an LSN, `0/16B3748`. */
export function parseLsn(text: string): bigint {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** What lies behind both. */
export function furthest(one: Position, other: Position | undefined): Position {
  if (other === undefined) return one;
  const [further] = one.lsn < other.lsn ? [other] : [one];
  return { timeline: Math.max(one.timeline, other.timeline), lsn: further.lsn };
}
