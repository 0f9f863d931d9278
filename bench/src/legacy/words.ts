/** What the rows are made of: names and places with the letters that real ones have. */
export const COMPANIES = [
  'Müller & Söhne GmbH',
  'Bäckerei Grün KG',
  'Officine Rossi S.r.l.',
  'Société Générale',
  'Peñalver e Hijos S.L.',
  'Van der Straaten B.V.',
  'Ελληνικά Τρόφιμα ΑΕ',
  'Nordic Steel AB',
  'Atlas Freight Services Ltd',
  'Hanse Logistik AG',
  'Donau Technik GmbH',
  'Lumière Optique SARL',
] as const;

export const STREETS = [
  'Straße des 17. Juni',
  'Via Giuseppe Verdi',
  'Rue de la République',
  'Calle de Alcalá',
  'Keizersgracht',
  'Kärntner Ring',
  'Industrieweg',
  'High Street',
] as const;

export const CITIES = [
  'Berlin',
  'Milano',
  'Paris',
  'Madrid',
  'Amsterdam',
  'Bruxelles',
  'Wien',
  'Köln',
  'A Coruña',
  'Linz',
] as const;

export const PRODUCTS = [
  'Software License',
  'Consulting',
  'Büromöbel',
  'Spedizione espressa',
  'Café, 1 kg',
  'Machine parts "M8 × 40"',
  'Maintenance',
  'Hosting, 12 months',
] as const;

export const COUNTRIES = ['DE', 'IT', 'FR', 'ES', 'NL', 'BE', 'AT'] as const;
export const CURRENCIES = ['EUR', 'EUR', 'EUR', 'EUR', 'USD', 'GBP'] as const;
export const TAX_RATES = [0, 7, 10, 19, 20, 21, 22] as const;
