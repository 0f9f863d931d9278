import { ConfigurationError } from '@vatevo/connection';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../src/settings.ts';

const read = (rules: string) =>
  readSettings({ VATEVO_ENV: 'test', VATEVO_INVOICE_RULES: rules }).invoiceRules;

describe('VATEVO_INVOICE_RULES', () => {
  it.each([
    ['', ['report', 'report']],
    ['enforce', ['enforce', 'enforce']],
    ['7=enforce', ['report', 'enforce']],
    ['enforce-en16931, 7=report', ['enforce-en16931', 'report']],
  ])('%j', (text, [ofOthers, ofSeven]) => {
    expect([read(text)(1), read(text)(7)]).toEqual([ofOthers, ofSeven]);
  });

  it.each(['on', '7=', 'x=enforce', '7=enforce,report', 'enforce;7=report'])('refuses %j', (text) => {
    expect(() => read(text)).toThrow(ConfigurationError);
  });
});
