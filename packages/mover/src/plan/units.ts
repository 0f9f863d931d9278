import type { Form } from './forms.ts';

/** First years that numbers in a unit are likely to mean, and years that they are not. */
const LIKELY_FROM = 1990;
const LIKELY_BEFORE = 2100;
/** Applications that count from 2001 are not much older; what would be later is far likelier to count from 1970. */
const LIKELY_SINCE_2001: readonly [number, number] = [2008, 2035];

/**
 * The form by which all numbers of a column, but for 0, are times that people who live today write down; undefined where
 * there are several. What may count from 2001 may be a birthday that counts from 1970.
 */
export function likelyUnit(forms: readonly Form[]): Form | undefined {
  const [first, ...others] = likelyUnits(forms);
  return others.length === 0 && first?.decision.numbers !== 'seconds-since-2001' ? first : undefined;
}

function likelyUnits(forms: readonly Form[]): Form[] {
  return forms.filter(({ decision, found: { ends } }) => {
    const [from, before] =
      decision.numbers === 'seconds-since-2001' ? LIKELY_SINCE_2001 : [LIKELY_FROM, LIKELY_BEFORE];
    const years = ends.map((end) => Number(/^(\d{4})-\d\d-\d\d/.exec(end ?? '')?.[1]));
    return years.length > 0 && years.every((year) => year >= from && year < before);
  });
}
