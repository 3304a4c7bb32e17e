// Changes a textarea so that the browser's own undo takes the change back.

export const isComposing = (event) => event.isComposing || event.keyCode === 229;

// Replaces the characters from `start` to `end`, and then selects those of `selection`.
export function replaceRange(field, start, end, text, selection = [start + text.length]) {
  field.focus();
  field.setSelectionRange(start, end);
  const command = text === "" ? "delete" : "insertText";
  const isNoChange = start === end && text === "";
  // Behind the tab of the preview the field takes no focus, and the command would change another one.
  const canUndo = document.activeElement === field && !isNoChange && document.execCommand(command, false, text);
  if (!isNoChange && !canUndo) {
    field.setRangeText(text, start, end, "end"); // also in a browser without this command
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: command }));
  }
  field.setSelectionRange(selection[0], selection.at(-1));
}

// The line at a position: its first and last character, and its text.
export function lineAt(text, position) {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const next = text.indexOf("\n", position);
  const end = next === -1 ? text.length : next;
  return { start, end, text: text.slice(start, end) };
}

// Whether a position is inside a fenced block of code.
export function isInCode(text, position) {
  const fences = text.slice(0, position).match(/^ {0,3}(?:`{3,}|~{3,})/gm) ?? [];
  return fences.length % 2 === 1;
}
