// Keeps the text on the server, as an unsaved text, AFTER_LAST_KEY after the last change and every
// WHILE_TYPING in between. What the server does not take is kept on this device.
import { acknowledge, isDeviceBlocked, keepOnDevice } from "./device_copy.js";
import { fieldsOf, send } from "./form_requests.js";
import { form } from "./form_text.js";
import { addAction, addSignIn, show, shown } from "./save_status.js";
import { isOnServer, versions } from "./versions.js";

const AFTER_LAST_KEY = 2000, WHILE_TYPING = 10000, RETRY = 5000; // milliseconds
const TROUBLE = ["Offline", "Lost", "Conflict", "Refused", "SignedOut"]; // states of the status line
let idleTimer, typingTimer, retryTimer;
let pending = null; // the request that is on its way
let isBlocked = false; // after a conflict or a refusal, until the author acts or types

export function keepOnServerSoon() {
  isBlocked = false;
  clearTimeout(idleTimer);
  idleTimer = setTimeout(keepOnServer, AFTER_LAST_KEY);
  typingTimer ??= setTimeout(keepOnServer, WHILE_TYPING);
}

export function stopTimers() {
  [idleTimer, typingTimer, retryTimer].forEach(clearTimeout);
  typingTimer = retryTimer = undefined;
}

// A page that is being hidden sends the text although an earlier version may be on its way.
export function keepOnServer({ isLeaving = false } = {}) {
  stopTimers();
  if (isOnServer() || isBlocked || pending && !isLeaving) return pending;
  const request = sendVersion(versions.last, isLeaving).finally(() => {
    if (pending === request) pending = null;
    if (!isOnServer() && !isBlocked) retryTimer ??= setTimeout(keepOnServer, TROUBLE.includes(shown()) ? RETRY : AFTER_LAST_KEY);
  });
  return pending = request;
}

export const underway = () => pending;

export function tryAgain() {
  isBlocked = false;
  return keepOnServer();
}

async function sendVersion(version, keepalive) {
  if (!TROUBLE.includes(shown())) show("Saving"); // otherwise the trouble stays in view until it is over
  let answer, kept;
  try {
    answer = await send(form.dataset.autosave, fieldsOf(version), { keepalive });
    if (answer.ok) kept = await answer.json();
  } catch { // no answer, half of one, or the page of something between here and the site
    return showOffline();
  }
  return answer.ok ? showKept(version, kept) : refused(answer);
}

function showKept(version, { changed }) {
  versions.continues = `${versions.window}:${version}`;
  if (versions.displaces) showPutAside();
  versions.displaces = "";
  acknowledge(version);
  show(isOnServer() ? "Kept" : "Saving", { at: new Date(changed) });
}

// The other window's text is in the history now; the panel that offered it says so.
function showPutAside() {
  const panel = document.querySelector(`[data-offer="${versions.displaces}"]`);
  panel?.querySelector(".action-row").remove();
  panel?.querySelector("[data-aside]").removeAttribute("hidden");
}

export async function showOffline() {
  await keepOnDevice();
  show(isDeviceBlocked() ? "Lost" : "Offline", { announce: true });
}

export async function refused(answer) {
  if (answer.status >= 500) return showOffline();
  isBlocked = answer.status !== 429; // that one is over after a time
  await keepOnDevice();
  const { detail, copy, changed } = await answer.json().catch(() => ({}));
  if (answer.status === 409 && copy) return showConflict(copy, changed);
  if (answer.status === 401) return showSignedOut();
  return show("Refused", { detail, announce: true });
}

function showSignedOut() {
  show("SignedOut", { announce: true });
  addSignIn();
  addEventListener("focus", tryAgain, { once: true });
}

function showConflict(copy, changed) {
  show("Conflict", { at: new Date(changed), announce: true });
  addAction(form.dataset.textTakeOver, () => {
    versions.displaces = copy;
    tryAgain();
  });
}
