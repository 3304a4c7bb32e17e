// Forms. Each works without this file, which adds:
// - a submit button with [data-busy] shows that text while the form is on its way, and no form is
//   sent twice;
// - Ctrl+S or ⌘S presses the button with [data-shortcut], or sends the form the event "keep";
// - a form with [data-keep-changes] asks before its page is left with unsaved changes, until the
//   event "stored" says that the server has them (autosave.js);
// - before it is sent, such a form gets the event "send", with the button; autosave.js cancels it to
//   save in place;
// - such a form is not sent if a field is longer than its [data-limit], in characters, or the whole
//   form larger than its own [data-limit], in bytes; a notice says so.
(() => {
  const ANSWER_OVERDUE = 15000; // milliseconds
  let sending = null; // the form that is on its way

  function allowSending() {
    sending = null;
    for (const button of document.querySelectorAll("[data-idle]")) {
      button.textContent = button.dataset.idle;
      button.disabled = false;
      delete button.dataset.idle;
    }
  }

  function showBusy(button) {
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
    button.disabled = true;
  }

  // Browsers send each line end as CR LF.
  function asSent(text) {
    return text.replace(/\r?\n/g, "\r\n");
  }

  function fieldTooLong(form) {
    for (const field of form.querySelectorAll("[data-limit]")) {
      const count = [...asSent(field.value)].length; // characters, not UTF-16 units
      if (count <= field.dataset.limit) continue;
      const label = field.labels[0]?.firstChild.textContent.trim();
      return form.dataset.tooLong?.replace("{field}", label)
        .replace("{count}", count).replace("{limit}", field.dataset.limit);
    }
    return undefined;
  }

  function formTooLarge(form) {
    const fields = [...new FormData(form)].map(([name, value]) => [name, asSent(value)]);
    const size = new URLSearchParams(fields).toString().length;
    const limit = form.dataset.limit ?? Infinity;
    if (size <= limit) return undefined;
    const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
    return form.dataset.tooLarge.replace("{size}", megabytes(size)).replace("{limit}", megabytes(limit));
  }

  function showTooLong(form, message) {
    const notice = form.querySelector(".too-long-notice") ?? document.createElement("p");
    notice.className = "notice error too-long-notice";
    notice.setAttribute("role", "alert");
    notice.textContent = message;
    form.prepend(notice);
    notice.scrollIntoView({ block: "center" });
  }

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // by sign_out.js
    const form = event.target, button = event.submitter;
    const problem = form.matches("[data-keep-changes]") && (fieldTooLong(form) ?? formTooLarge(form));
    if (problem) showTooLong(form, problem);
    if (sending || problem) return event.preventDefault();
    const goesOn = form.dispatchEvent(new CustomEvent("send", { cancelable: true, detail: button }));
    if (!goesOn) return event.preventDefault();
    sending = form;
    setTimeout(allowSending, ANSWER_OVERDUE);
    // After this event: the name of a button that is disabled now would not be sent.
    if (button?.dataset.busy) setTimeout(() => showBusy(button));
  });

  addEventListener("pageshow", allowSending); // the reader came back from the next page

  const form = document.querySelector("form[data-keep-changes]");
  if (!form) return;
  // A form that came back, with errors or with a preview, holds what was never saved.
  const UNSAVED = "form .error, .is-invalid, #preview, [data-unsaved]";
  let hasChanges = document.querySelector(UNSAVED) !== null;
  form.addEventListener("input", () => { hasChanges = true; });
  form.addEventListener("stored", () => { hasChanges = false; });

  // Back then leads to the article that this form has made, instead of an empty form.
  document.addEventListener("submit", (event) => {
    if (event.target === form && !event.defaultPrevented && form.dataset.address) {
      history.replaceState(history.state, "", form.dataset.address);
    }
  });

  addEventListener("beforeunload", (event) => {
    if (!hasChanges || sending === form) return;
    event.preventDefault();
    allowSending(); // a reader who stays may send any form at once
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      const button = form.querySelector("[data-shortcut]");
      if (button) form.requestSubmit(button);
      else form.dispatchEvent(new CustomEvent("keep"));
    }
  });
})();
