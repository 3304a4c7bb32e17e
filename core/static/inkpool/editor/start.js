// The editor of an article: puts a toolbar, a preview and a help panel around its textarea. The form
// works without this file. No handler of a key reads the text, so a long one costs no more; only
// Enter, a paste and a button do.
import { continueLists } from "./lists.js";
import { convertPastes } from "./paste.js";
import { setUpPreview } from "./preview.js";
import { isComposing } from "./textarea.js";
import { setUpToolbar } from "./toolbar.js";
import { setUpViews } from "./views.js";

const template = document.getElementById("editor-tools");
const form = document.querySelector(".editor-form");
const field = form.elements.body;
const help = document.getElementById("editor-help");

const box = template.content.firstElementChild.cloneNode(true);
const hadFocus = document.activeElement === field;
field.before(box);
box.querySelector(".text-pane").append(field);
if (hadFocus) field.focus();

const note = box.querySelector(".editor-note");
const say = (text) => { note.textContent = text; };
const texts = template.dataset;
const preview = setUpPreview(field, box, {
  address: texts.preview, say, offline: texts.textOffline, brokenPicture: texts.textBrokenPicture,
});
const views = setUpViews(box, field, () => preview.scrollToCaret());
setUpToolbar(box.querySelector(".editor-toolbar"), field, { ...views, help: () => help.showModal() });
continueLists(field);
convertPastes(field, {
  address: texts.paste, say,
  texts: { pasteFailed: texts.textPasteFailed, pasteLate: texts.textPasteLate, pasted: texts.textPasted },
});

// A picture is chosen in the dialog that uploads it, if the page has one.
field.addEventListener("editor-tool", (event) => {
  const chooser = event.detail.tool === "image" && document.querySelector("[data-picture-tools] button");
  if (!chooser || field.selectionStart !== field.selectionEnd) return;
  event.preventDefault();
  chooser.click();
});

form.elements.title.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || isComposing(event) || event.ctrlKey || event.metaKey) return;
  event.preventDefault(); // it would send the form
  field.focus();
});

if (field.value.trim()) preview.update();
