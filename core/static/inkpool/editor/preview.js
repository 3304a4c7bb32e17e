// The preview beside the text, with the length of the text and the remarks on it. The server renders
// it PAUSE after the last key; a newer request cancels the one before. A key itself only sets a timer.
import { isComposing } from "./textarea.js";

const PAUSE = 400, AFTER_CARET = 150; // milliseconds
const ABOVE_CARET = 0.3; // of the height of the preview

export function setUpPreview(field, box, options) {
  const pane = box.querySelector(".preview-pane"), prose = pane.querySelector(".prose");
  const length = box.querySelector(".text-length"), remarks = box.querySelector(".editor-remarks");
  const breaks = field.form.elements.breaks;
  let timer, caretTimer, running, pause = 1, notBefore = 0, shown = null, composing = false;

  function schedule() {
    clearTimeout(timer);
    if (!composing) timer = setTimeout(ask, PAUSE);
  }

  async function ask() {
    const wait = notBefore - performance.now();
    if (wait > 0) {
      timer = setTimeout(ask, wait);
      return;
    }
    const state = `${breaks?.checked}\n${field.value}`;
    running?.abort();
    if (state === shown) return;
    notBefore = performance.now() + pause * 1000;
    const request = running = new AbortController();
    try {
      const answer = await fetch(options.address, {
        method: "POST", body: fieldsToSend(), headers: { Accept: "application/json" }, redirect: "error", signal: request.signal,
      });
      const found = await answer.json();
      if (request !== running) return;
      if (answer.ok) show(found, state);
      else postpone(found.detail, answer.headers.get("Retry-After"));
    } catch {
      if (!request.signal.aborted) options.say(options.offline);
    }
  }

  function fieldsToSend() {
    const fields = new FormData();
    fields.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
    fields.set("body", field.value);
    if (breaks?.checked) fields.set("breaks", "on");
    return fields;
  }

  function postpone(reason, seconds) {
    options.say(reason);
    if (!seconds) return;
    notBefore = performance.now() + seconds * 1000;
    timer = setTimeout(ask, seconds * 1000);
  }

  function show(found, state) {
    shown = state;
    pause = found.pause; // seconds between two previews, more for a long text
    options.say("");
    if (found.html !== undefined) {
      prose.innerHTML = found.html; // sanitized by the server
      prose.lang = found.language;
    }
    box.classList.toggle("has-preview", prose.childNodes.length > 0);
    length.textContent = found.length;
    remarks.replaceChildren(...found.remarks.map(remark));
    remarks.hidden = found.remarks.length === 0;
    scrollToCaret();
  }

  function remark(text) {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }

  // Between two blocks whose lines are known, the place in the preview is interpolated.
  function scrollToCaret() {
    if (!pane.checkVisibility()) return;
    const line = field.value.slice(0, field.selectionEnd).split("\n").length - 1;
    const blocks = [...prose.querySelectorAll("[data-line]")];
    const lines = blocks.map((block) => Number(block.dataset.line));
    const at = lines.findLastIndex((each) => each <= line);
    if (at === -1) return;
    const next = lines.findIndex((each, index) => index > at && each > lines[at]);
    const top = (index) => (index === -1 ? prose.scrollHeight : blocks[index].offsetTop);
    const last = next === -1 ? lines[at] + 1 : lines[next];
    const share = Math.min(1, (line - lines[at]) / Math.max(1, last - lines[at]));
    pane.scrollTop = top(at) + (top(next) - top(at)) * share - pane.clientHeight * ABOVE_CARET;
  }

  function followCaret() {
    clearTimeout(caretTimer);
    caretTimer = setTimeout(scrollToCaret, AFTER_CARET);
  }

  function readable(address) {
    try { return decodeURI(address); } catch { return address; } // not in UTF-8, as on sites in GBK
  }

  // A picture that does not load is named. Its event does not bubble.
  prose.addEventListener("error", (event) => {
    if (event.target.localName !== "img") return;
    const text = options.brokenPicture.replace("{address}", readable(event.target.getAttribute("src")));
    if ([...remarks.children].some((item) => item.textContent === text)) return;
    remarks.append(remark(text));
    remarks.hidden = false;
  }, true);

  prose.addEventListener("click", (event) => { // a link must not leave the editor
    const link = event.target.closest("a[href]");
    if (link && !link.getAttribute("href").startsWith("#")) link.target = "_blank";
  });

  field.form.addEventListener("input", schedule); // also when another script puts a text in
  breaks?.addEventListener("change", schedule);
  field.addEventListener("compositionstart", () => { composing = true; clearTimeout(timer); });
  field.addEventListener("compositionend", () => { composing = false; schedule(); });
  field.addEventListener("click", followCaret);
  field.addEventListener("keyup", (event) => {
    if (!isComposing(event) && /^(Arrow|Page|Home|End)/.test(event.key)) followCaret();
  });
  return { update: ask, scrollToCaret };
}
