// The editor's form, and the text in it: the values of all fields that an author fills in.
const UNFILLED = ["hidden", "submit", "button", "file"]; // types of controls

export const form = document.querySelector("form[data-autosave]");
export const field = (name) => form.elements[name];

const controls = () => [...form.elements].filter(({ name, type }) => name && !UNFILLED.includes(type));
const valueOf = (control) => control.type === "checkbox" ? control.checked : control.value;

export const typedText = () => Object.fromEntries(controls().map((each) => [each.name, valueOf(each)]));

export function fill(text) {
  for (const control of controls()) {
    if (!(control.name in text)) continue;
    if (control.type === "checkbox") control.checked = text[control.name];
    else control.value = text[control.name];
  }
}

export function isTyped(text) {
  const typed = typedText();
  return Object.keys(typed).every((name) => typed[name] === text[name]);
}
