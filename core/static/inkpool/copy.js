// Code blocks: a copy button for each, and a place in the tab order for those that scroll sideways.
// The button is the page's <template id="copy-button">, whose text is in the reader's language.
(() => {
  const SHOW_COPIED = 2000; // milliseconds
  const template = document.getElementById("copy-button");

  for (const box of document.querySelectorAll(".prose pre, .table-scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
  if (!template || !navigator.clipboard) return; // over plain HTTP there is no clipboard

  for (const pre of document.querySelectorAll(".prose pre")) {
    const block = document.createElement("div");
    block.className = "code-block";
    pre.replaceWith(block);
    block.append(pre, template.content.cloneNode(true));
    const button = block.querySelector("button");
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, SHOW_COPIED);
    });
  }
})();
