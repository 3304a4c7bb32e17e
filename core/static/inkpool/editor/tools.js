// What the buttons of the toolbar write. Each function gets the text and the selection, and returns
// the range to replace, its new text, and what is selected afterwards.
import { lineAt } from "./textarea.js";

function wrapped(mark) {
  return (text, start, end) => {
    while (start < end && /\s/.test(text[start])) start += 1;
    while (end > start && /\s/.test(text[end - 1])) end -= 1;
    const chosen = text.slice(start, end), size = mark.length;
    if (isMarked(text, start, end, mark)) {
      return { start: start - size, end: end + size, text: chosen, selection: [start - size, end - size] };
    }
    return { start, end, text: mark + chosen + mark, selection: [start + size, end + size] };
  };
}

// One star around a word is no emphasis if it is one of two, as in **bold**.
function isMarked(text, start, end, mark) {
  const size = mark.length;
  const isAround = text.slice(start - size, start) === mark && text.slice(end, end + size) === mark;
  if (!isAround || mark !== "*") return isAround;
  const stars = /\*+$/.exec(text.slice(Math.max(0, start - 3), start))[0].length;
  return stars % 2 === 1;
}

// Changes each line of the selection; `change` gets the lines and returns them.
function onLines(change) {
  return (text, start, end) => {
    const first = lineAt(text, start).start, last = lineAt(text, Math.max(start, end)).end;
    const changed = change(text.slice(first, last).split("\n")).join("\n");
    const isOneLine = start === end;
    return { start: first, end: last, text: changed, selection: isOneLine ? [first + changed.length] : [first, first + changed.length] };
  };
}

const MARKERS = /^(\s*)(?:[-*+] |\d{1,9}[.)] |> )?/;

function prefixed(isPrefixed, prefix) {
  return onLines((lines) => {
    const isRemoved = lines.every((line) => isPrefixed.test(line) || (line === "" && lines.length > 1));
    return lines.map((line, index) => {
      if (line === "" && lines.length > 1) return line;
      return isRemoved ? line.replace(MARKERS, "$1") : line.replace(MARKERS, `$1${prefix(index)}`);
    });
  });
}

// No heading, then ## and ###, then no heading again.
const heading = onLines(([line, ...rest]) => {
  const [, marks, title] = /^(#{1,6})?\s*(.*)$/.exec(line);
  const next = { undefined: "## ", "##": "### " }[marks] ?? "";
  return [next + title, ...rest];
});

// A block of its own, with an empty line before and after it.
function block(text, start, end, lines, chosen) {
  const before = start === 0 || text.slice(0, start).endsWith("\n\n") ? "" : text[start - 1] === "\n" ? "\n" : "\n\n";
  const after = text.slice(end).startsWith("\n\n") ? "" : text[end] === "\n" || end === text.length ? "\n" : "\n\n";
  const written = before + lines.join("\n") + after;
  const from = start + written.indexOf(chosen);
  return { start, end, text: written, selection: [from, from + chosen.length] };
}

function fenced(language, text, start, end) {
  const chosen = text.slice(start, end);
  const fence = "`".repeat(Math.max(3, ...(chosen.match(/`+/g) ?? []).map((run) => run.length + 1)));
  const { selection, ...change } = block(text, start, end, [fence + language, chosen, fence], fence);
  const from = selection[0] + fence.length + language.length + 1;
  return { ...change, selection: [from, from + chosen.length] };
}

const isOnEmptyLine = (text, start) => lineAt(text, start).text.trim() === "";
const takesBlock = (text, start, end) => text.slice(start, end).includes("\n") || (start === end && isOnEmptyLine(text, start));

function code(text, start, end) {
  return takesBlock(text, start, end) ? fenced("", text, start, end) : wrapped("`")(text, start, end);
}

function formula(text, start, end) {
  if (takesBlock(text, start, end)) return fenced("math", text, start, end);
  return { start, end, text: `$\`${text.slice(start, end)}\`$`, selection: [start + 2, end + 2] };
}

const ADDRESS = /^(?:https?:\/\/|mailto:|\/|#)\S*$/;

function linked(mark) {
  return (text, start, end) => {
    const chosen = text.slice(start, end), size = mark.length;
    if (ADDRESS.test(chosen)) {
      return { start, end, text: `${mark}[](${chosen})`, selection: [start + size + 1] };
    }
    const from = end + size + 3;
    return { start, end, text: `${mark}[${chosen}](https://)`, selection: [from, from + 8] };
  };
}

function table(text, start, end) {
  const chosen = text.slice(start, end).replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|") || "A";
  return block(text, start, end, [`| ${chosen} | B |`, "|---|---|", "|   |   |"], chosen);
}

// The mark at the end of the selection, the note at the end of the text.
function footnote(text, start, end) {
  const numbers = [...text.matchAll(/\[\^(\d{1,6})\]/g)].map((found) => Number(found[1]));
  const mark = `[^${numbers.reduce((most, number) => Math.max(most, number), 0) + 1}]`;
  const rest = text.slice(end).replace(/\n+$/, "");
  const gap = /(?:^|\n)\[\^[^\]]+\]:[^\n]*$/.test(rest) ? "\n" : "\n\n";
  const written = `${mark}${rest}${gap}${mark}: `;
  return { start: end, end: text.length, text: `${written}\n`, selection: [end + written.length] };
}

export const TOOLS = {
  heading,
  bold: wrapped("**"),
  italic: wrapped("*"),
  link: linked(""),
  bullets: prefixed(/^\s*[-*+] /, () => "- "),
  numbers: prefixed(/^\s*\d{1,9}[.)] /, (index) => `${index + 1}. `),
  quote: prefixed(/^\s*> /, () => "> "),
  code,
  table,
  image: linked("!"),
  footnote,
  formula,
};
