// Texts that an account has typed on this device and that have not reached the server, in IndexedDB.
// Each record is of one window: {user, place, window, sequence, seen, fields, changed}; `place` is
// the article's number or the token of a form, `changed` is in milliseconds since 1970.
// Signing out sends what the editor has, and deletes the account's records, after a question if any
// is left. An editor on the page gets the event "flush", with a list for a promise.
const STORE = "texts";
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("inkpool", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["user", "window"] });
    request.onsuccess = () => {
      request.result.onversionchange = () => { request.result.close(); opened = undefined; };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  opened.catch(() => { opened = undefined; });
  return opened;
}

async function transact(mode, use) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = use(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

export const put = (record) => transact("readwrite", (store) => store.put(record));
export const remove = (user, window) => transact("readwrite", (store) => store.delete([user, window]));
const ofUser = (user) => IDBKeyRange.bound([user], [user, []]);
export const list = (user) => transact("readonly", (store) => store.getAll(ofUser(user)));
export const removeAll = (user) => transact("readwrite", (store) => store.delete(ofUser(user)));

// Deletes the record unless a later change has replaced it.
export const removeUpTo = (user, window, sequence) => transact("readwrite", (store) => {
  const request = store.get([user, window]);
  request.onsuccess = () => {
    if (request.result?.sequence <= sequence) store.delete([user, window]);
  };
});

document.addEventListener("submit", async (event) => {
  const form = event.target, user = form.elements.user?.value;
  if (!form.matches("[data-signs-out]") || event.defaultPrevented) return;
  event.preventDefault();
  const editor = document.querySelector("form[data-autosave]"), waits = [];
  editor?.dispatchEvent(new CustomEvent("flush", { detail: waits }));
  await Promise.all(waits);
  try {
    const count = (await list(user)).length;
    if (count && !confirm(form.dataset.keptTexts.replace("{count}", count))) return;
    await removeAll(user);
  } catch {} // storage may be blocked: then it holds nothing
  editor?.dispatchEvent(new CustomEvent("stored")); // the question was answered
  form.submit();
}, true); // before forms.js, which takes a form for sent
