// Signing out, by a form with [data-signs-out]: sends what the editor has, then deletes the account's
// texts on this device, after a question if any of them has not reached the server.
// An editor on the page gets the event "flush", with a list for a promise.
import { list, removeAll } from "./device_store.js";

const LONGEST_FLUSH = 3000; // milliseconds

function flush(editor) {
  const sent = [];
  editor?.dispatchEvent(new CustomEvent("flush", { detail: sent }));
  return Promise.race([Promise.all(sent), new Promise((resolve) => { setTimeout(resolve, LONGEST_FLUSH); })]);
}

async function deletesTexts(form) {
  const user = form.elements.user.value;
  try {
    const { length } = await list(user);
    if (length && !confirm(form.dataset.keptTexts.replace("{count}", length))) return false;
    await removeAll(user);
  } catch {} // storage may be blocked: then it holds nothing
  return true;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-signs-out]") || event.defaultPrevented) return;
  event.preventDefault();
  const editor = document.querySelector("form[data-autosave]");
  await flush(editor);
  if (!await deletesTexts(form)) return;
  editor?.dispatchEvent(new CustomEvent("stored")); // the question was answered
  form.submit();
}, true); // before forms.js, which takes a form for sent
