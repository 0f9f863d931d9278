/** `credit-note`, `creditNote` and `CreditNote` as words in small letters. @param {string} name */
const wordsOf = (name) =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[ _-]/);

/** @param {string} word */
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** @param {string} name */
export const kebab = (name) => wordsOf(name).join('-');
/** @param {string} name */
export const snake = (name) => wordsOf(name).join('_');
/** @param {string} name */
export const pascal = (name) => wordsOf(name).map(capital).join('');
/** @param {string} name */
export const camel = (name) => name.charAt(0).toLowerCase() + pascal(name).slice(1);

/** As most English words have it; the others are what `--table` is for. @param {string} name */
export function plural(name) {
  if (/[^aeiou]y$/.test(name)) return name.replace(/y$/, 'ies');
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}

/**
 * @param {string} what it is the name of, such as `a package`
 * @param {string | undefined} name
 * @param {string} example
 * @throws Error when it is not made of small letters, digits and single hyphens
 */
export function requireKebab(what, name, example) {
  if (name !== undefined && name.length <= 40 && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return name;
  throw new Error(
    `${said(name)} cannot be the name of ${what}: small letters, digits and hyphens, at most 40, such as ${example}.`,
  );
}

/** @param {string | undefined} name */
export const said = (name) => (name === undefined ? 'Nothing' : `"${name}"`);
