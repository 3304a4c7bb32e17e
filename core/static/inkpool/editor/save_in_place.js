// Saves without leaving the page. An answer that is a page (a missing title, a conflict) is opened.
import { acknowledge } from "./device_copy.js";
import { fieldsOf, send } from "./form_requests.js";
import { field, form } from "./form_text.js";
import { show } from "./save_status.js";
import { keepOnServerSoon, refused, showOffline, underway } from "./server_copy.js";
import { versions } from "./versions.js";

let saving = null;

export function saveInPlace(button) {
  saving ??= save(button).catch(postpone).finally(() => { saving = null; });
}

async function save(button) {
  await underway();
  const version = versions.last, fields = fieldsOf(version);
  fields.set(button.name, button.value);
  show("Saving", { announce: true });
  let answer;
  try {
    answer = await send(location.pathname, fields);
  } catch {
    return postpone();
  }
  const isData = answer.headers.get("Content-Type")?.includes("json");
  if (answer.ok && isData) return saved(version, await answer.json());
  if (answer.status >= 500) return postpone();
  return isData ? refused(answer) : openAnswer(button);
}

// Not saved; the text is kept meanwhile, here and as soon as possible on the server.
async function postpone() {
  await showOffline();
  keepOnServerSoon();
}

function openAnswer(button) {
  button.dataset.opensPage = "";
  form.requestSubmit(button);
}

function saved(version, answer) {
  field("seen").value = answer.saved;
  form.dataset.autosave = answer.autosave;
  versions.place = answer.place;
  versions.continues = "";
  delete form.dataset.address;
  form.querySelector("[data-leave]").href = answer.address;
  const past = form.querySelector("[data-history]");
  past.href = answer.history;
  past.hidden = false;
  history.replaceState(history.state, "", answer.edit);
  acknowledge(version);
  show(form.dataset.isPublished === undefined ? "Saved" : "Updated", { at: new Date(answer.saved), announce: true });
  showRemarks(answer.remarks);
  removeOutdated();
}

function removeOutdated() {
  for (const notice of document.querySelectorAll("[data-until-saved], form :is(.error, .field-error)")) notice.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.classList.remove("is-invalid");
    control.removeAttribute("aria-invalid");
  }
}

function showRemarks(remarks) {
  for (const notice of form.querySelectorAll(".save-remark")) notice.remove();
  form.querySelector(".sticky-actions").before(...remarks.map((remark) => {
    const notice = document.createElement("p");
    notice.className = "notice warning save-remark";
    notice.textContent = remark;
    return notice;
  }));
}
