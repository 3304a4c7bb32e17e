// Texts that an account has typed on this device and that have not reached the server, in IndexedDB.
// Each record is of one window: {user, place, window, sequence, seen, continues, fields, changed}.
// `place` is the article's number or the token of a form, `changed` is in milliseconds since 1970.
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
    // Strict: written to the disk before it counts as stored, so it survives the loss of power too.
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const request = use(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

const ofUser = (user) => IDBKeyRange.bound([user], [user, []]);
export const put = (record) => transact("readwrite", (store) => store.put(record));
export const remove = (user, window) => transact("readwrite", (store) => store.delete([user, window]));
export const list = (user) => transact("readonly", (store) => store.getAll(ofUser(user)));
export const removeAll = (user) => transact("readwrite", (store) => store.delete(ofUser(user)));

// Deletes the record unless a later change has replaced it.
export const removeUpTo = (user, window, sequence) => transact("readwrite", (store) => {
  const request = store.get([user, window]);
  request.onsuccess = () => {
    if (request.result?.sequence <= sequence) store.delete([user, window]);
  };
});
