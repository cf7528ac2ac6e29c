/** CSV by RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP,
 * "CSV injection"). */

const FORMULA = /^[\s\uFEFF]*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/u;
const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/u;

export type Cell = string | number | boolean | null;

export function cell(value: Cell): string {
  if (value === null) return "";
  const text = String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
