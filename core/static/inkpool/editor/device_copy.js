// Keeps the text on this device until the server has it.
import { put, removeUpTo } from "../device_store.js";
import { field, form, typedText } from "./form_text.js";
import { isOnServer, versions } from "./versions.js";

const INTERVAL = 1000; // milliseconds
const { user } = form.dataset;
let timer;

export function keepOnDeviceSoon() {
  timer ??= setTimeout(keepOnDevice, INTERVAL);
}

export async function keepOnDevice() {
  clearTimeout(timer);
  timer = undefined;
  const { window, place, last, continues, onServer, onDevice } = versions;
  if (last <= Math.max(onServer, onDevice)) return;
  const seen = field("seen").value, changed = Date.now();
  try {
    await put({ user, place, window, sequence: last, seen, continues, fields: typedText(), changed });
    versions.onDevice = Math.max(versions.onDevice, last);
    if (versions.onServer >= last) await removeUpTo(user, window, versions.onServer);
  } catch { versions.onDevice = -1; } // storage is blocked or full: the status line says so
}

export const isDeviceBlocked = () => versions.onDevice < 0;

// The server has this version and all before it.
export function acknowledge(version) {
  versions.onServer = Math.max(versions.onServer, version);
  removeUpTo(user, versions.window, versions.onServer).catch(() => {});
  if (isOnServer()) form.dispatchEvent(new CustomEvent("stored"));
}
