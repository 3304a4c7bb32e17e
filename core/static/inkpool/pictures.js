// Pictures: chosen, pasted or dropped, described in a dialog, uploaded one after the other, and put
// into the text at the caret. Without this file the page of the pictures has a form for one.
import { replaceRange } from "./editor/textarea.js";

const dialog = document.getElementById("picture-dialog");
const { address, target, limit, tooLarge, undescribed, failed, cancel } = dialog.dataset;
const text = document.getElementById(target); // absent on the page of the pictures
const list = dialog.querySelector("ol");
const chooser = dialog.querySelector("[type=file]");
const uploadButton = dialog.querySelector("[data-upload]");
const rowTemplate = dialog.querySelector("template");
const rows = new Map(); // list items and their files
const uploaded = []; // lines of Markdown, until the dialog is closed
let request = null; // the upload that is on its way

function part(row, name) {
  return row.querySelector(`[data-${name}]`);
}

function megabytes(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}

function showProblem(row, message) {
  part(row, "problem").textContent = message;
  part(row, "problem").hidden = !message;
}

async function showPreview(canvas, file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height, 1);
    const width = bitmap.width * scale, height = bitmap.height * scale;
    canvas.getContext("2d").drawImage(
      bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    bitmap.close();
  } catch { // the browser cannot read it; the server says what it is
    canvas.hidden = true;
  }
}

function removeRow(row) {
  rows.delete(row);
  row.remove();
  if (!rows.size) dialog.close();
}

function addRow(file) {
  const row = rowTemplate.content.firstElementChild.cloneNode(true);
  part(row, "name").textContent = file.name;
  part(row, "size").textContent = `${megabytes(file.size)} MB`;
  part(row, "remove").addEventListener("click", () => {
    if (row.querySelector("progress:not([hidden])")) request.abort();
    else removeRow(row);
  });
  part(row, "decorative").addEventListener("change", (event) => {
    part(row, "alt").disabled = event.target.checked;
  });
  if (file.size > limit) showProblem(row, tooLarge.replace("{size}", megabytes(file.size)));
  rows.set(row, file);
  list.append(row);
  showPreview(part(row, "preview"), file);
}

function offer(files) {
  if (!files.length) return;
  files.forEach(addRow);
  if (!dialog.open) dialog.showModal();
  list.querySelector("[data-alt]:not(:disabled)")?.focus();
}

// Whether each picture has a description or is decorative; the first that has neither is focused.
function areDescribed() {
  const open = [...rows.keys()].filter(
    (row) => !part(row, "decorative").checked && !part(row, "alt").value.trim());
  for (const row of open) showProblem(row, undescribed);
  if (open.length) part(open[0], "alt").focus();
  return !open.length;
}

function contentOf(row) {
  const content = new FormData();
  content.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  content.append("file", rows.get(row));
  if (part(row, "decorative").checked) content.append("decorative", "on");
  else content.append("alt", part(row, "alt").value.trim());
  return content;
}

// fetch() does not tell the progress of an upload.
function send(row) {
  const progress = row.querySelector("progress");
  request = new XMLHttpRequest();
  request.open("POST", address);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    progress.value = event.loaded / event.total;
  });
  request.upload.addEventListener("load", () => progress.removeAttribute("value")); // processing
  const sent = request;
  return new Promise((resolve) => {
    sent.addEventListener("abort", () => resolve({ errors: [""] }));
    sent.addEventListener("error", () => resolve({ errors: [failed] }));
    sent.addEventListener("load", () => resolve(answerOf(sent)));
    sent.send(contentOf(row));
  });
}

function answerOf(sent) {
  try {
    const answer = JSON.parse(sent.responseText);
    return sent.status === 201 ? answer : { errors: answer.errors ?? [answer.detail ?? failed] };
  } catch {
    return { errors: [failed] };
  }
}

function withCaption(markdown, caption) {
  if (!caption) return markdown;
  return `${markdown.slice(0, -1)} "${caption.replace(/[\\"&<]/g, "\\$&")}")`;
}

async function upload(row) {
  const progress = row.querySelector("progress"), remove = part(row, "remove");
  const label = remove.textContent;
  showProblem(row, "");
  progress.value = 0;
  progress.hidden = false;
  remove.textContent = cancel;
  const answer = await send(row);
  remove.textContent = label;
  progress.hidden = true;
  if (answer.errors) return showProblem(row, answer.errors.join(" "));
  uploaded.push(withCaption(answer.markdown, part(row, "caption")?.value.trim()));
  removeRow(row);
}

async function uploadAll() {
  if (request || !areDescribed()) return;
  uploadButton.disabled = true;
  for (const [row, file] of [...rows]) {
    if (rows.has(row) && file.size <= limit) await upload(row);
  }
  uploadButton.disabled = false;
  request = null;
}

// As a paragraph of its own.
function insert(markdown) {
  const caret = text.selectionEnd, before = text.value.slice(0, caret), after = text.value.slice(caret);
  const start = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const end = !after || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
  replaceRange(text, caret, caret, start + markdown + end);
}

dialog.addEventListener("close", () => {
  request?.abort();
  for (const row of rows.keys()) row.remove();
  rows.clear();
  const lines = uploaded.splice(0);
  if (lines.length && text) insert(lines.join("\n\n"));
  else if (lines.length) location.reload();
  else text?.focus();
});

dialog.addEventListener("keydown", (event) => {
  const isField = event.target.matches("[data-alt], [data-caption]");
  if (event.key === "Enter" && isField && !event.isComposing) uploadAll();
});

uploadButton.addEventListener("click", uploadAll);
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
chooser.addEventListener("change", () => {
  offer([...chooser.files]);
  chooser.value = ""; // the same file may be chosen again
});

for (const tools of document.querySelectorAll("[data-picture-tools]")) {
  tools.hidden = false;
  tools.querySelector("button").addEventListener("click", () => chooser.click());
  text?.closest(".form-field").append(tools);
}

document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  const isText = types.includes("text/plain") && types.includes("text/html"); // of a word processor
  const images = [...files].filter((file) => file.type.startsWith("image/"));
  if (isText || !images.length) return;
  event.preventDefault();
  offer(images);
});

// On the whole page: a file that misses the text would replace the page in the browser.
document.addEventListener("dragover", (event) => {
  if (event.dataTransfer.types.includes("Files")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  offer([...event.dataTransfer.files]);
});
