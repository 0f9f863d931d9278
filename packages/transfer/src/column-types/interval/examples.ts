import fc from 'fast-check';
import { example } from '../examples.ts';

export const examples = [
  example(
    'interval',
    fc.constantFrom(
      '08:30:00',
      '-01:00:00.5',
      '36:00',
      '1 day',
      '1 year 2 mons -3 days +04:05:06.789',
      '2 weeks',
      '3 hours 20 minutes',
      'P1Y2M3DT4H5M6.5S',
      'PT90M',
      'P-1D',
    ),
  ),
  example('interval', fc.constantFrom('01:30', '1 day 02:00:00', '-3 days', '1 mon 00:05:00'), {
    sql: 'interval day to minute',
    finest: 'minute',
  }),
];
