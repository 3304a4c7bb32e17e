// The editor keeps what is typed: on the server AFTER_LAST_KEY after the last change and every
// WHILE_TYPING in between, and on this device every LOCALLY until the server has it. The buttons
// with [data-in-place] save without leaving the page. Without this file the form works as it is.
const AFTER_LAST_KEY = 2000, WHILE_TYPING = 10000, LOCALLY = 1000, RETRY = 5000; // milliseconds
const ANSWER_OVERDUE = 30000;
const KEEPALIVE = 60000; // bytes that a request may have which outlives its page
const MOST_STAMPS = 4;
const TEXTS = ["title", "body", "breaks", "tags", "summary"];

const form = document.querySelector("form[data-autosave]");
const status = form.querySelector(".save-status");
const local = await import(form.dataset.localCopies);
const { user } = form.dataset;
const ownWindow = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const field = (name) => form.elements[name];
const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: form.dataset.zone, hour: "2-digit", minute: "2-digit" });
const fullTime = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: form.dataset.zone, dateStyle: "medium", timeStyle: "short" });

let place = form.dataset.place;
let sequence = 0; // of the last change
let onServer = 0, onDevice = 0; // the last change that each of them has
let continues = field("copy").value; // the versions on the server that the text here was made from
let displaces = form.dataset.offered ?? ""; // the version of another window that is put aside
let localTimer, idleTimer, typingTimer, retryTimer;
let pending = null; // the request that is on its way
let blocked = false; // after a conflict or a refusal, until the author acts or types

function texts() {
  return Object.fromEntries(TEXTS.map((name) => [name, name === "breaks" ? field(name).checked : field(name).value]));
}

function fill(values) {
  for (const name of TEXTS) {
    if (name === "breaks") field(name).checked = values[name];
    else field(name).value = values[name];
  }
}

const same = (one, other) => TEXTS.every((name) => one[name] === other[name]);

// Screen readers announce only what needs the author, or answers a key that was pressed.
function show(name, { detail = "", at = null, announce = false } = {}) {
  status.setAttribute("aria-live", announce ? "polite" : "off");
  status.dataset.state = name;
  const text = form.dataset[`text${name}`] ?? "";
  status.replaceChildren(text.replace("{time}", at ? time.format(at) : "").replace("{detail}", detail));
}

function addAction(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-link";
  button.textContent = label;
  button.addEventListener("click", act);
  status.append(" ", button);
}

function addSignIn() {
  const link = document.createElement("a");
  link.href = form.dataset.signIn;
  link.target = "_blank";
  link.textContent = form.dataset.textSignIn;
  status.append(" ", link);
}

async function keepLocally() {
  clearTimeout(localTimer);
  localTimer = undefined;
  const kept = sequence;
  if (kept <= Math.max(onServer, onDevice)) return;
  const record = { user, place, window: ownWindow, sequence: kept, seen: field("seen").value, fields: texts(), changed: Date.now(), continues };
  try {
    await local.put(record);
    onDevice = Math.max(onDevice, kept);
    if (onServer >= kept) await local.removeUpTo(user, ownWindow, onServer);
  } catch { onDevice = -1; } // storage is blocked or full: the status line then says "not kept"
}

function changed() {
  sequence += 1;
  blocked = false;
  localTimer ??= setTimeout(keepLocally, LOCALLY);
  clearTimeout(idleTimer);
  idleTimer = setTimeout(autosave, AFTER_LAST_KEY);
  typingTimer ??= setTimeout(autosave, WHILE_TYPING);
}

function body(sent) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) fields.append(name, value);
  fields.set("copy", stamps());
  fields.set("window", ownWindow);
  fields.set("sequence", sent);
  fields.set("displaces", displaces);
  return fields;
}

function post(address, fields, keepalive = false) {
  const encoded = fields.toString();
  return fetch(address, {
    method: "POST",
    body: encoded,
    headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
    keepalive: keepalive && encoded.length < KEEPALIVE,
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_OVERDUE),
  });
}

// After a sign-in in another tab the form's token is refused; a GET gives the present one.
async function renewToken() {
  const answer = await fetch(form.dataset.autosave, { headers: { Accept: "application/json" }, redirect: "error" });
  if (answer.ok) field("csrfmiddlewaretoken").value = (await answer.json()).token;
  return answer;
}

async function postWithToken(address, fields, keepalive) {
  let answer = await post(address, fields, keepalive);
  if (answer.status === 403 && (await renewToken()).ok) {
    fields.set("csrfmiddlewaretoken", field("csrfmiddlewaretoken").value);
    answer = await post(address, fields, keepalive);
  }
  return answer;
}

function autosave({ keepalive = false } = {}) {
  clearTimeout(idleTimer);
  clearTimeout(typingTimer);
  clearTimeout(retryTimer);
  typingTimer = retryTimer = undefined;
  if (onServer >= sequence || blocked) return pending;
  if (pending && !keepalive) return pending; // it asks again once it is answered
  const request = send(sequence, keepalive).finally(() => {
    if (pending === request) pending = null;
    if (onServer < sequence && !blocked) retryTimer ??= setTimeout(retry, status.dataset.state === "Offline" ? RETRY : AFTER_LAST_KEY);
  });
  return pending = request;
}

function retry() {
  retryTimer = undefined;
  autosave();
}

async function send(sent, keepalive) {
  show("Saving");
  let answer;
  try {
    answer = await postWithToken(form.dataset.autosave, body(sent), keepalive);
  } catch {
    return offline();
  }
  if (answer.ok) return stored(sent, await answer.json());
  return refused(answer);
}

async function stored(sent, { changed: at }) {
  acknowledge(sent);
  continues = `${ownWindow}:${sent}`;
  displaces = "";
  if (onServer >= sequence) show("Kept", { at: new Date(at) });
}

function acknowledge(sent) {
  onServer = Math.max(onServer, sent);
  local.removeUpTo(user, ownWindow, onServer).catch(() => {});
  if (onServer >= sequence) form.dispatchEvent(new CustomEvent("stored"));
}

async function offline() {
  await keepLocally();
  show(onDevice < 0 ? "Lost" : "Offline", { announce: status.dataset.state !== "Offline" });
}

async function refused(answer) {
  await keepLocally();
  const found = await answer.json().catch(() => ({}));
  if (answer.status >= 500 || answer.status === 429) return offline();
  blocked = true;
  if (answer.status === 409) return conflict(found);
  show(answer.status === 401 ? "SignedOut" : "Refused", { detail: found.detail ?? "", announce: true });
  if (answer.status === 401) addSignIn();
  if (answer.status === 401) addEventListener("focus", () => { blocked = false; autosave(); }, { once: true });
  return undefined;
}

function conflict({ copy, changed: at }) {
  show("Conflict", { at: new Date(at), announce: true });
  addAction(form.dataset.textTakeOver, () => {
    displaces = copy;
    blocked = false;
    autosave();
  });
}

// The versions that a save replaces: that of this window first, unless nothing was typed in it.
function stamps() {
  const known = continues.split(" ").filter((stamp) => stamp && !stamp.startsWith(`${ownWindow}:`));
  return (sequence ? [`${ownWindow}:${sequence}`, ...known] : known).slice(0, MOST_STAMPS).join(" ");
}

// Saving in place. An answer that is a page (a missing title, a conflict) is opened as that page.
let saving = null;

function save(button) {
  saving ??= sendSave(button).finally(() => { saving = null; });
}

async function sendSave(button) {
  await pending;
  const sent = sequence;
  const fields = body(sent);
  fields.set(button.name, button.value);
  show("Saving", { announce: true });
  let answer;
  try {
    answer = await postWithToken(location.pathname, fields);
  } catch {
    return offline();
  }
  if (answer.status >= 500) return refused(answer);
  if (!answer.ok || !answer.headers.get("Content-Type").startsWith("application/json")) return open(button);
  return saved(sent, await answer.json());
}

function open(button) {
  button.dataset.opensPage = "";
  form.requestSubmit(button);
}

function saved(sent, answer) {
  field("seen").value = answer.saved;
  form.dataset.autosave = answer.autosave;
  place = answer.edit.match(/\d+/)[0];
  continues = "";
  delete form.dataset.address;
  form.querySelector("[data-leave]").href = answer.address;
  const past = form.querySelector("[data-history]");
  past.href = answer.history;
  past.hidden = false;
  history.replaceState(history.state, "", answer.edit);
  acknowledge(sent);
  show(form.dataset.isPublished === undefined ? "Saved" : "Updated", { at: new Date(answer.saved), announce: true });
  for (const notice of form.querySelectorAll(".save-remark")) notice.remove();
  form.querySelector(".sticky-actions").before(...answer.remarks.map(remarkNotice));
  document.querySelector("[data-offer]")?.remove();
}

function remarkNotice(text) {
  const notice = document.createElement("p");
  notice.className = "notice warning save-remark";
  notice.textContent = text;
  return notice;
}

form.addEventListener("input", changed);
form.addEventListener("send", (event) => {
  const button = event.detail;
  field("copy").value = stamps();
  if (!button?.matches("[data-in-place]") || button.dataset.opensPage !== undefined) {
    delete button?.dataset.opensPage;
    clearTimeout(idleTimer);
    clearTimeout(typingTimer);
    keepLocally();
    return;
  }
  event.preventDefault();
  save(button);
});
form.addEventListener("flush", (event) => event.detail.push(autosave()));
form.addEventListener("keep", () => { // Ctrl+S where saving would show the text to readers
  if (onServer >= sequence) show("Kept", { at: new Date(), announce: true });
  else autosave();
});
addEventListener("online", () => autosave());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden" || sequence === 0) return;
  keepLocally();
  autosave({ keepalive: true });
});
addEventListener("pagehide", () => { if (sequence) keepLocally(); });

// The newest text of an earlier window of this account on this device, unless the server has it.
async function offerLocal() {
  const records = (await local.list(user)).filter((each) => each.window !== ownWindow);
  const isHere = (each) => isOwn(each) || (form.dataset.isFresh !== undefined && !/^\d+$/.test(each.place));
  const known = `${continues} ${displaces}`.split(" ").map((stamp) => stamp.split(":"));
  const isKnown = (each) => known.some(([window, last]) => each.window === window && each.sequence <= last);
  const offered = [];
  for (const each of records.filter(isHere)) {
    if (isKnown(each) || same(each.fields, texts())) await local.remove(user, each.window);
    else offered.push(each);
  }
  offered.sort((one, other) => other.changed - one.changed);
  const chosen = offered.find((each) => location.hash === `#${each.window}` && isOwn(each));
  if (chosen) take(chosen);
  else if (offered.length) offer(offered[0]);
}

const isOwn = (record) => [place, form.dataset.token].includes(record.place);

function offer(record) {
  const panel = document.getElementById("local-offer-template").content.cloneNode(true).firstElementChild;
  panel.id = "local-offer";
  panel.querySelector("[data-time]").textContent = fullTime.format(record.changed);
  panel.querySelector("pre").textContent = [record.fields.title, record.fields.body].filter(Boolean).join("\n\n");
  panel.querySelector("[data-take]").addEventListener("click", () => take(record, panel));
  panel.querySelector("[data-discard]").addEventListener("click", async () => {
    await local.remove(user, record.window);
    panel.remove();
  });
  form.before(panel);
}

// The text keeps its old record until the server has it under this window's name.
async function take(record, panel) {
  if (!isOwn(record)) { // the form that it was typed in may have made its article
    location.assign(`${form.dataset.newAddress}${record.place}/#${record.window}`);
    return;
  }
  panel?.remove();
  fill(record.fields);
  if (record.place === place) field("seen").value = record.seen;
  const version = `${record.window}:${record.sequence}`; // which a closing page may still have sent
  continues = [version, record.continues, continues].filter(Boolean).join(" ");
  form.dispatchEvent(new Event("input", { bubbles: true }));
  await autosave();
  if (onServer >= 1) await local.remove(user, record.window);
  field("body").focus();
}

if (form.dataset.hasText !== undefined) changed(); // came back with errors or a preview
offerLocal().catch(() => {});
