// Forms: a button that says it is busy (data-busy) and sends once; Ctrl+S or ⌘S saves
// (data-shortcut); leaving a form with unsaved changes asks first (data-keep), and one that is
// longer than the site takes is not sent, but says so (data-limit, in characters or bytes).
// Everything works without this file.
(() => {
  let sending = null; // the form on its way

  function rest() {
    sending = null;
    for (const button of document.querySelectorAll("[data-idle]")) {
      button.textContent = button.dataset.idle;
      button.disabled = false;
      delete button.dataset.idle;
    }
  }

  const sentLines = (text) => text.replace(/\r?\n/g, "\r\n"); // as browsers send them

  // What is too long of a form, in words; undefined if nothing is.
  function tooLong(form) {
    for (const field of form.querySelectorAll("[data-limit]")) {
      const count = [...sentLines(field.value)].length;
      if (count <= field.dataset.limit) continue;
      const label = field.labels[0]?.firstChild.textContent.trim();
      return form.dataset.tooLong?.replace("{field}", label)
        .replace("{count}", count).replace("{limit}", field.dataset.limit);
    }
    const fields = [...new FormData(form)].map(([name, value]) => [name, sentLines(value)]);
    const size = new URLSearchParams(fields).toString().length, limit = form.dataset.limit;
    const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
    if (size <= (limit ?? Infinity)) return undefined;
    return form.dataset.tooLarge.replace("{size}", megabytes(size)).replace("{limit}", megabytes(limit));
  }

  function refuse(form, words) {
    const notice = form.querySelector(".too-long") ?? document.createElement("p");
    notice.className = "notice error too-long";
    notice.setAttribute("role", "alert");
    notice.textContent = words;
    form.prepend(notice);
    notice.scrollIntoView({ block: "center" });
  }

  document.addEventListener("submit", (event) => {
    const words = event.target.matches("[data-keep]") && tooLong(event.target);
    if (words) refuse(event.target, words);
    if (sending || words) return event.preventDefault();
    const button = event.submitter;
    sending = event.target;
    setTimeout(rest, 15000); // no answer: the form may be sent again
    // Afterwards: a disabled button's name would not be sent.
    if (button?.dataset.busy) setTimeout(() => {
      button.dataset.idle = button.textContent;
      button.textContent = button.dataset.busy;
      button.disabled = true;
    });
  });

  addEventListener("pageshow", rest); // back from the next page

  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  // A form that came back, with errors or a preview, holds what was never saved.
  let changed = document.querySelector("form .error, .is-invalid, #preview, [data-unsaved]") !== null;
  form.addEventListener("input", () => { changed = true; });
  // Back then leads to the article that this form has made, not to an empty form (data-address).
  document.addEventListener("submit", (event) => {
    if (event.target === form && !event.defaultPrevented && form.dataset.address) {
      history.replaceState(history.state, "", form.dataset.address);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (!changed || sending === form) return;
    event.preventDefault();
    rest(); // who stays may send any form at once
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-shortcut]"));
    }
  });
})();
