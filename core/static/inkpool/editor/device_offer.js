// Offers the newest text on this device that the server has not, in a panel above the form.
import { list, remove } from "../device_store.js";
import { field, fill, form, isTyped } from "./form_text.js";
import { keepOnServer } from "./server_copy.js";
import { isKnown, versions } from "./versions.js";
import { dateAndTimeIn } from "./zone_times.js";

const { user, token, newAddress, zone } = form.dataset;
// The form that a text was typed in may have made its article since.
const isOwn = ({ place }) => [versions.place, token].includes(place);
const isOfNewArticle = ({ place }) => !/^\d+$/.test(place);

export async function offerFromDevice() {
  const isHere = (each) => isOwn(each) || form.dataset.isFresh !== undefined && isOfNewArticle(each);
  const offered = [];
  for (const each of (await list(user)).filter(isHere)) {
    if (each.window === versions.window) continue;
    if (isKnown(each) || isTyped(each.fields)) await remove(user, each.window);
    else offered.push(each);
  }
  offered.sort((one, other) => other.changed - one.changed);
  const chosen = offered.find((each) => location.hash === `#${each.window}` && isOwn(each));
  if (chosen) take(chosen);
  else if (offered.length) offer(offered[0]);
}

function offer(record) {
  const panel = document.getElementById("device-offer-template").content.cloneNode(true).firstElementChild;
  panel.querySelector("[data-time]").textContent = dateAndTimeIn(zone).format(record.changed);
  panel.querySelector("pre").textContent = [record.fields.title, record.fields.body].filter(Boolean).join("\n\n");
  panel.querySelector("[data-take]").addEventListener("click", () => take(record, panel));
  panel.querySelector("[data-discard]").addEventListener("click", async () => {
    await remove(user, record.window);
    panel.remove();
  });
  insert(panel, record);
}

// The newest text comes first; an earlier version of the same text is not offered beside it.
function insert(panel, { window, sequence, changed }) {
  const other = document.querySelector("[data-offer]");
  const [otherWindow, otherSequence] = other?.dataset.offer.split(":") ?? [];
  if (otherWindow === window && otherSequence < sequence) other.replaceWith(panel);
  else if (other && Date.parse(other.dataset.changed) < changed) other.before(panel);
  else form.before(panel);
}

// The text keeps its old record until the server has it under this window's name.
async function take(record, panel) {
  if (!isOwn(record)) {
    location.assign(`${newAddress}${record.place}/#${record.window}`);
    return;
  }
  panel?.remove();
  fill(record.fields);
  if (record.place === versions.place) field("seen").value = record.seen;
  const version = `${record.window}:${record.sequence}`; // which a closing page may still have sent
  versions.continues = [version, record.continues, versions.continues].filter(Boolean).join(" ");
  form.dispatchEvent(new Event("input", { bubbles: true }));
  field("body").focus();
  await keepOnServer();
  if (versions.onServer) await remove(user, record.window);
}
