// Keeps what is typed in the editor, on the server and on this device, and saves in place with the
// buttons that have [data-in-place]. Without these modules the form works as it is.
import { keepOnDevice, keepOnDeviceSoon } from "./device_copy.js";
import { offerFromDevice } from "./device_offer.js";
import { field, form } from "./form_text.js";
import { saveInPlace } from "./save_in_place.js";
import { repeat } from "./save_status.js";
import { keepOnServer, keepOnServerSoon, stopTimers } from "./server_copy.js";
import { isOnServer, stamps, versions } from "./versions.js";

function changed() {
  versions.last += 1;
  keepOnDeviceSoon();
  keepOnServerSoon();
}

function sent(event) {
  const button = event.detail;
  field("copy").value = stamps();
  if (button?.matches("[data-in-place]") && button.dataset.opensPage === undefined) {
    event.preventDefault();
    saveInPlace(button);
    return;
  }
  delete button?.dataset.opensPage;
  stopTimers();
  keepOnDevice();
}

function keepOnRequest() { // Ctrl+S where saving would show the text to readers
  if (isOnServer()) repeat();
  else keepOnServer();
}

function hidden() {
  if (document.visibilityState !== "hidden" || versions.last === 0) return;
  keepOnDevice();
  keepOnServer({ isLeaving: true });
}

form.addEventListener("input", changed);
form.addEventListener("send", sent);
form.addEventListener("keep", keepOnRequest);
form.addEventListener("flush", (event) => event.detail.push(keepOnServer()));
document.addEventListener("visibilitychange", hidden);
addEventListener("pagehide", keepOnDevice);
addEventListener("online", () => keepOnServer());

if (form.dataset.hasText !== undefined) changed(); // came back with errors or a preview
offerFromDevice().catch(() => {}); // storage may be blocked
