// The line below the text that says where the text is.
import { form } from "./form_text.js";
import { timeIn } from "./zone_times.js";

const line = form.querySelector(".save-status");
const time = timeIn(form.dataset.zone);

export const shown = () => line.dataset.state;

// Screen readers announce a new state only if it needs the author, or answers a key that was pressed.
export function show(state, { detail = "", at = null, announce = false } = {}) {
  line.setAttribute("aria-live", announce && state !== shown() ? "polite" : "off");
  line.dataset.state = state;
  const text = form.dataset[`text${state}`] ?? "";
  line.replaceChildren(text.replace("{time}", at ? time.format(at) : "").replace("{detail}", detail));
}

// Says the same once more, in answer to a key.
export function repeat() {
  line.setAttribute("aria-live", "polite");
  line.replaceChildren(...line.childNodes);
}

export function addAction(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-link";
  button.textContent = label;
  button.addEventListener("click", act);
  line.append(" ", button);
}

export function addSignIn() {
  const link = document.createElement("a");
  link.href = form.dataset.signIn;
  link.target = "_blank";
  link.textContent = form.dataset.textSignIn;
  line.append(" ", link);
}
