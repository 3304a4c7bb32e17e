// The key `/` moves the focus to the search box of the page. It stays an ordinary character in a
// field, with a modifier key, and while an input method composes text.
const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";
const BY_INPUT_METHOD = 229; // the keyCode of a key that an input method has taken

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.isComposing || event.keyCode === BY_INPUT_METHOD || event.defaultPrevented) return;
  if (event.target instanceof Element && event.target.closest(FIELDS)) return;
  const box = document.querySelector("#id_q, #header-search");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
