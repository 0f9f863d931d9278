/** A decimal text with two digits behind the point, from a whole number of cents. */
export function cents(amount: number): string {
  const whole = Math.floor(amount / 100);
  return `${whole}.${String(amount % 100).padStart(2, '0')}`;
}
