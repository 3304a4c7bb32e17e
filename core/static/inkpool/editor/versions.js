// Which version of the text is where. A version is a window and the number of a change in it; on its
// way to the server it is written "window:number".
import { field, form } from "./form_text.js";

const MOST_STAMPS = 4;
const randomName = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const versions = {
  window: randomName(),
  last: 0, // the last change
  onServer: 0, onDevice: 0, // the last change that each of them has
  continues: field("copy").value, // the versions on the server that the text here was made from
  displaces: form.dataset.offered ?? "", // the version of another window that is put aside
  place: form.dataset.place,
};

export const isOnServer = () => versions.onServer >= versions.last;

// The versions that a save replaces: that of this window first, unless nothing was typed in it.
export function stamps() {
  const { window, last } = versions;
  const known = versions.continues.split(" ").filter((stamp) => stamp && !stamp.startsWith(`${window}:`));
  return (last ? [`${window}:${last}`, ...known] : known).slice(0, MOST_STAMPS).join(" ");
}

export function isKnown({ window, sequence }) {
  const known = `${versions.continues} ${versions.displaces} ${form.dataset.known ?? ""}`.split(" ");
  return known.some((stamp) => {
    const [name, last] = stamp.split(":");
    return name === window && sequence <= last;
  });
}
