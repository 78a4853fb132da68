// Tables as files: RFC 4180, in UTF-8 with a mark that spreadsheets look for.

/** Also after what separates cells elsewhere, and as the wide signs that some take for these. */
const FORMULA = /(^|[;\t\r\n]["'\s]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])/g;

/** Return rows as CSV. What a spreadsheet would run begins with an apostrophe. */
export function csv(rows) {
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

function cell(value) {
  let text = value === null || value === undefined ? "" : String(value);
  if (typeof value === "string") text = text.replace(FORMULA, (_, before = "") => `${before}'`);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Let the browser save a text as a file. */
export function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
