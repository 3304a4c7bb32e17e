// A part of a web page that is pasted becomes Markdown, which the server makes. The plain text stands
// there at once, and stays if the server does not answer or the text is changed meanwhile.
import { isInCode, replaceRange } from "./textarea.js";

const MOST = 1_000_000; // characters of HTML, as in articles/pasted_html.py
// Without any of these, as from a code editor, the plain text says as much.
const MARKUP = /<(?:a|b|strong|em|i|h[1-6]|ul|ol|table|blockquote|img|code|pre|del|s)\b/i;

export function convertPastes(field, { address, say, texts }) {
  let composing = false;
  field.addEventListener("compositionstart", () => { composing = true; });
  field.addEventListener("compositionend", () => { composing = false; });

  field.addEventListener("paste", (event) => {
    const html = event.clipboardData?.getData("text/html") ?? "";
    const isPlain = !MARKUP.test(html) || html.length > MOST || isInCode(field.value, field.selectionStart);
    // A picture without a text is uploaded by another script.
    const isPicture = event.clipboardData?.files.length > 0 && !event.clipboardData.types.includes("text/plain");
    if (event.defaultPrevented || composing || isPlain || isPicture) return;
    event.preventDefault();
    const plain = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    const start = field.selectionStart;
    replaceRange(field, start, field.selectionEnd, plain);
    convert(html, start, plain);
  });

  async function convert(html, start, plain) {
    const markdown = await asked(html);
    const end = start + plain.length;
    if (markdown === null) return say(texts.pasteFailed);
    if (markdown === plain) return undefined;
    if (composing || field.value.slice(start, end) !== plain) return say(texts.pasteLate);
    const moved = (position) => (position >= end ? position + markdown.length - plain.length : Math.min(position, start + markdown.length));
    const selection = [moved(field.selectionStart), moved(field.selectionEnd)];
    const elsewhere = document.activeElement === field ? null : document.activeElement;
    replaceRange(field, start, end, markdown, selection);
    elsewhere?.focus();
    return say(texts.pasted);
  }

  async function asked(html) {
    const fields = new FormData();
    fields.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
    fields.set("html", html);
    try {
      const answer = await fetch(address, { method: "POST", body: fields, headers: { Accept: "application/json" }, redirect: "error" });
      return answer.ok ? (await answer.json()).markdown : null;
    } catch {
      return null;
    }
  }
}
