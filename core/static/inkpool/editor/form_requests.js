// Sends the form in the background.
import { field, form } from "./form_text.js";
import { stamps, versions } from "./versions.js";

const ANSWER_OVERDUE = 30000; // milliseconds
const KEEPALIVE = 60000; // bytes that a request may have which outlives its page

const accept = { Accept: "application/json" };

export function fieldsOf(version) {
  const fields = new URLSearchParams([...new FormData(form)]);
  fields.set("copy", stamps());
  fields.set("window", versions.window);
  fields.set("sequence", version);
  fields.set("displaces", versions.displaces);
  return fields;
}

function post(address, fields, keepalive) {
  const body = fields.toString();
  return fetch(address, {
    method: "POST",
    body,
    headers: { ...accept, "Content-Type": "application/x-www-form-urlencoded" },
    keepalive: keepalive && body.length < KEEPALIVE,
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_OVERDUE),
  });
}

// After a sign-in in another tab the form's token is refused; a GET gives the present one, but only
// to the account that the form belongs to.
function askForToken() {
  const address = `${form.dataset.autosave}?user=${form.dataset.user}`;
  return fetch(address, { headers: accept, redirect: "error", signal: AbortSignal.timeout(ANSWER_OVERDUE) });
}

export async function send(address, fields, { keepalive = false } = {}) {
  const answer = await post(address, fields, keepalive);
  if (answer.status !== 403) return answer;
  const renewed = await askForToken();
  if (!renewed.ok) return renewed;
  const { token } = await renewed.json();
  field("csrfmiddlewaretoken").value = token;
  fields.set("csrfmiddlewaretoken", token);
  return post(address, fields, keepalive);
}
