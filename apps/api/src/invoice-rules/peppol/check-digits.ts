/** Whether numbers that authorities give out have the right form and check digit. None of it asks anybody. */

const digitsOf = (text: string) => [...text].map(Number);

/** Σ digit × weight, the weights from the left. */
const weighted = (text: string, weights: readonly number[]) =>
  digitsOf(text).reduce((sum, digit, index) => sum + digit * (weights[index] ?? 0), 0);

/** GS1 General Specifications, 7.9: weights 3 and 1 from the right. */
export function isGln(text: string): boolean {
  if (!/^\d+$/.test(text)) return false;
  const sum = digitsOf(text.slice(0, -1))
    .reverse()
    .reduce((total, digit, index) => total + digit * (index % 2 === 0 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10 === Number(text.at(-1));
}

/** Organisasjonsnummer, Brønnøysundregistrene: modulo 11. */
export function isNorwegianOrganization(text: string): boolean {
  if (!/^\d{9}$/.test(text) || Number(text) === 0) return false;
  return (11 - (weighted(text.slice(0, 8), [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === Number(text.at(-1));
}

/** CVR, Erhvervsstyrelsen: eight digits, with or without the country. */
export function isDanishOrganization(text: string): boolean {
  return /^(DK)?\d{8}$/.test(text);
}

/** Enterprise number, KBO/BCE: modulo 97. */
export function isBelgianEnterprise(text: string): boolean {
  return /^\d{10}$/.test(text) && 97 - (Number(text.slice(0, 8)) % 97) === Number(text.slice(8));
}

/** Organisationsnummer, Skatteverket: Luhn. */
export function isSwedishOrganization(text: string): boolean {
  if (!/^\d{10}$/.test(text)) return false;
  const sum = digitsOf(text.slice(0, 9)).reduce((total, digit, index) => {
    const weightedDigit = digit * (index % 2 === 0 ? 2 : 1);
    return total + Math.floor(weightedDigit / 10) + (weightedDigit % 10);
  }, 0);
  return (10 - (sum % 10)) % 10 === Number(text.at(-1));
}

/** ABN, Australian Business Register: the first digit less one, modulo 89. */
export function isAustralianBusiness(text: string): boolean {
  if (!/^\d{11}$/.test(text)) return false;
  const weights = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
  return (weighted(text, weights) - (weights[0] ?? 0)) % 89 === 0;
}

/** Codice IPA, AgID: six letters and digits. */
export function isItalianOffice(text: string): boolean {
  return /^[A-Za-z0-9]{6}$/.test(text);
}

/** Codice fiscale, Agenzia delle Entrate: sixteen characters for a person, eleven digits for a body. */
export function isItalianTaxCode(text: string): boolean {
  return /^[A-Za-z]{6}\d{2}[A-Za-z]\d{2}.{3}\d[A-Za-z]$/.test(text) || /^\d{11}$/.test(text);
}

/** Partita IVA, Agenzia delle Entrate: Luhn over eleven digits. */
export function isItalianVatNumber(text: string): boolean {
  if (!/^IT/i.test(text)) return true;
  const number = text.slice(2);
  if (!/^\d{11}$/.test(number)) return false;
  const sum = digitsOf(number).reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
