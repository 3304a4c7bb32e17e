// Forms: a button that says it is busy (data-busy) and sends once; Ctrl+S or ⌘S saves
// (data-shortcut); leaving a form with unsaved changes asks first (data-keep).
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

  document.addEventListener("submit", (event) => {
    if (sending) return event.preventDefault();
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
  form.addEventListener("submit", () => {
    if (form.dataset.address) history.replaceState(history.state, "", form.dataset.address);
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
