// The toolbar: one stop of the Tab key, with arrow keys between its buttons, and the shortcuts.
// Each button names its tool in [data-tool] and its shortcut in [aria-keyshortcuts].
import { isComposing, replaceRange } from "./textarea.js";
import { TOOLS } from "./tools.js";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function setUpToolbar(bar, field, actions) {
  const buttons = [...bar.querySelectorAll("[data-tool]")];

  function use(tool) {
    if (tool in actions) return actions[tool]();
    // Another script may take over, as for the choice of a picture.
    const wish = new CustomEvent("editor-tool", { bubbles: true, cancelable: true, detail: { tool } });
    if (!field.dispatchEvent(wish)) return undefined;
    const change = TOOLS[tool](field.value, field.selectionStart, field.selectionEnd);
    return replaceRange(field, change.start, change.end, change.text, change.selection);
  }

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (button) use(button.dataset.tool);
  });
  moveWithArrows(bar, buttons);

  const shortcuts = buttons.filter((button) => button.ariaKeyShortcuts || button.hasAttribute("aria-keyshortcuts"))
    .map((button) => ({ tool: button.dataset.tool, keys: parsed(button.getAttribute("aria-keyshortcuts")) }));
  field.form.addEventListener("keydown", (event) => {
    if (event.altKey || !(isMac ? event.metaKey : event.ctrlKey) || isComposing(event)) return;
    const found = shortcuts.find(({ tool, keys }) => matches(event, keys) && (tool in actions || event.target === field));
    if (!found) return;
    event.preventDefault();
    use(found.tool);
  });
}

function parsed(keys) {
  const key = keys.split("+").at(-1);
  return { shift: keys.includes("Shift+"), key: key.toLowerCase(), code: /^\d$/.test(key) ? `Digit${key}` : "" };
}

// With Shift, the key of a digit gives another character, which depends on the keyboard.
function matches(event, { shift, key, code }) {
  if (key === "/") return event.key === "/"; // on some keyboards with Shift
  return event.shiftKey === shift && (code ? event.code === code : event.key.toLowerCase() === key);
}

export function moveWithArrows(bar, buttons) {
  const shown = () => buttons.filter((button) => button.checkVisibility());
  const selected = buttons.find((button) => button.getAttribute("aria-selected") === "true") ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === selected ? 0 : -1;
  bar.addEventListener("focusin", (event) => {
    if (!buttons.includes(event.target)) return;
    for (const button of buttons) button.tabIndex = button === event.target ? 0 : -1;
  });
  bar.addEventListener("keydown", (event) => {
    const all = shown(), here = all.indexOf(document.activeElement);
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key];
    if (here === -1 || next === undefined) return;
    event.preventDefault();
    all.at(next % all.length).focus();
  });
}
