/**
 * True when PostgreSQL runs a script whole or not at all. It makes the
 * statements of one message one transaction (manual, 54.2.2.1), unless one of
 * them ends the transaction or cannot run inside one.
 *
 * In doubt it says false: words in a comment or a string count as well.
 */
export function isAtomic(script: string): boolean {
  return !/\bCONCURRENTLY\b|\bVACUUM\b|(^|;)\s*(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK)\b[\w\s]*;/im.test(
    script,
  );
}
