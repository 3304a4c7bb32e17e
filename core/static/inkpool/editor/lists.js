// Enter in a list or a quotation begins the next item; in an empty item it ends the list.
import { isComposing, isInCode, lineAt, replaceRange } from "./textarea.js";

const MARKER = /^(\s*(?:> ?)*)(?:([-*+] +)(\[[ xX]\] +)?|(\d{1,9})([.)] +))?/;

export function continueLists(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || isComposing(event) || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (field.selectionStart !== field.selectionEnd) return;
    const change = nextItem(field.value, field.selectionStart);
    if (!change) return;
    event.preventDefault();
    replaceRange(field, change.start, change.end, change.text);
  });
}

// The change that Enter makes at a position, or nothing if it is a plain line end.
export function nextItem(text, position) {
  const line = lineAt(text, position);
  const [marks, quotes, bullet, box, number, dot] = MARKER.exec(line.text);
  const hasMarker = bullet || number || quotes.includes(">");
  if (!hasMarker || position < line.start + marks.length || isInCode(text, line.start)) return null;
  if (line.text.length === marks.length && position === line.end) {
    const isItem = bullet || number; // an empty item of a quoted list leaves the list first
    return { start: line.start, end: line.end, text: isItem && quotes.includes(">") ? quotes : "" };
  }
  const item = bullet ? bullet + (box ? "[ ] " : "") : number ? `${Number(number) + 1}${dot}` : "";
  return { start: position, end: position, text: `\n${quotes}${item}` };
}
