// How the text and its preview share the screen: beside each other, as tabs on a phone, or over the
// whole screen.
import { moveWithArrows } from "./toolbar.js";

const STORED = "editor-beside";

export function setUpViews(box, field, onShown) {
  const button = (tool) => box.querySelector(`[data-tool=${tool}]`);
  const tabs = [...box.querySelectorAll("[role=tab]")];

  function showBeside(isBeside) {
    box.classList.toggle("is-beside", isBeside);
    button("beside").setAttribute("aria-pressed", String(isBeside));
    if (isBeside) onShown();
  }

  function toggleBeside() {
    const isBeside = !box.classList.contains("is-beside");
    try { localStorage.setItem(STORED, isBeside ? "yes" : "no"); } catch {} // else for this page only
    showBeside(isBeside);
  }

  function toggleFull() {
    const isFull = field.form.classList.toggle("is-full-screen");
    button("full").setAttribute("aria-pressed", String(isFull));
    // What the form covers takes no focus.
    for (let part = field.form; part !== document.body; part = part.parentElement) {
      for (const other of part.parentElement.children) if (other !== part && other.localName !== "dialog") other.inert = isFull;
    }
    field.focus();
  }

  function showTab(tab) {
    for (const each of tabs) each.setAttribute("aria-selected", String(each === tab));
    const isPreview = tab.id === "preview-tab";
    box.classList.toggle("shows-preview", isPreview);
    if (isPreview) onShown();
  }

  for (const tab of tabs) tab.addEventListener("click", () => showTab(tab));
  box.querySelector("[role=tablist]").addEventListener("focusin", (event) => {
    if (tabs.includes(event.target)) showTab(event.target);
  });
  moveWithArrows(box.querySelector("[role=tablist]"), tabs);
  field.form.addEventListener("keydown", (event) => {
    const isEscape = event.key === "Escape" && !event.isComposing && !event.defaultPrevented;
    if (isEscape && field.form.classList.contains("is-full-screen")) toggleFull();
  });

  let stored = null;
  try { stored = localStorage.getItem(STORED); } catch {} // storage may be blocked
  showBeside(stored !== "no");
  return { beside: toggleBeside, full: toggleFull };
}
