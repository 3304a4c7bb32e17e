// Code blocks: a copy button, and a place in the tab order for what scrolls sideways.
// The button's words come from the page's <template>, in the reader's language.
(() => {
  const template = document.getElementById("copy-button");

  for (const box of document.querySelectorAll(".prose pre, .table-scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
  if (!template || !navigator.clipboard) return; // plain HTTP has no clipboard

  for (const pre of document.querySelectorAll(".prose pre")) {
    const frame = document.createElement("div");
    frame.className = "code";
    pre.replaceWith(frame);
    frame.append(pre, template.content.cloneNode(true));
    const button = frame.querySelector("button");
    const idle = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = idle; }, 2000);
    });
  }
})();
