// Lists the texts on this device that have not reached the server, in the section #device-texts.
import { list, remove } from "../device_store.js";
import { dateAndTimeIn } from "./zone_times.js";

const section = document.getElementById("device-texts");
const { user, newAddress, editAddress, zone } = section.dataset;
const time = dateAndTimeIn(zone);

function addressOf({ place, window }) {
  const page = /^\d+$/.test(place) ? editAddress.replace("0", place) : `${newAddress}${place}/`;
  return `${page}#${window}`;
}

function rowOf(record) {
  const row = section.querySelector("template").content.cloneNode(true).firstElementChild;
  const link = row.querySelector("a");
  link.textContent = record.fields.title || link.textContent;
  link.href = addressOf(record);
  row.querySelector("[data-time]").textContent = time.format(record.changed);
  row.querySelector("pre").textContent = record.fields.body;
  row.querySelector("button").addEventListener("click", async () => {
    await remove(user, record.window);
    row.remove();
    section.hidden = !section.querySelector("li");
  });
  return row;
}

async function fillSection() {
  const records = await list(user);
  records.sort((one, other) => other.changed - one.changed);
  section.querySelector("ul").append(...records.map(rowOf));
  section.hidden = !records.length;
}

fillSection().catch(() => {}); // storage may be blocked: then it holds nothing
