"""Pictures are chosen, pasted or dropped, described, uploaded and put into the text."""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.articles.images.corpus import REFUSED, picture
from tests.browser.conftest import Tab
from tests.browser.text_field import body
from tests.browser.visits import ALICE

pytestmark = pytest.mark.browser
ADDRESS = r"/media/[0-9a-f]{40}-\d+x\d+\.png"
# Pastes or drops a file: {name, type, content} with the content in Base64.
TRANSFER = """([selector, event, file]) => {
    const bytes = Uint8Array.from(atob(file.content), (each) => each.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], file.name, { type: file.type }));
    const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
    const kind = event === "paste" ? ClipboardEvent : DragEvent;
    const made = new kind(event, options);
    return !document.querySelector(selector).dispatchEvent(made);
}"""


def chosen(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/png", "buffer": content}


def transfer(page: Page, event: str, selector: str, content: bytes) -> bool:
    """Whether the page has taken the file."""
    file = {"name": "shot.png", "type": "image/png", "content": b64encode(content).decode()}
    return page.evaluate(TRANSFER, [selector, event, file])


def choose(page: Page, *files: dict[str, Any] | Path) -> None:
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name="Add pictures").click()
    opened.value.set_files([*files])  # type: ignore[arg-type]


def test_several_pictures_are_described_uploaded_and_inserted(editor: Page):
    text = body(editor)
    text.fill("Before.\nAfter.")
    text.evaluate("text => text.setSelectionRange(7, 7)")
    files = [chosen(f"{size}.png", picture("PNG", (size, 40))) for size in (50, 51)]
    choose(editor, *files)
    dialog = editor.get_by_role("dialog", name="Add pictures")
    dialog.get_by_label("Description").first.fill("A [chart]")
    dialog.get_by_label("Caption").first.fill('The "pool"')
    dialog.get_by_role("button", name="Upload and insert").click()
    expect(dialog.get_by_role("alert")).to_have_text("Describe the picture, or tick “Decorative”.")
    expect(dialog.get_by_label("Description").last).to_be_focused()
    dialog.get_by_label("Decorative").last.check()
    dialog.get_by_role("button", name="Upload and insert").click()
    expect(dialog).to_be_hidden()
    line = rf'!\[A \\\[chart\\\]\]\({ADDRESS} "The \\"pool\\""\)'
    whole = rf"Before\.\n\n{line}\n\n!\[\]\({ADDRESS}\)\n\nAfter\."
    expect(text).to_have_value(re.compile(f"^{whole}$"))
    expect(text).to_be_focused()
    editor.keyboard.press("Control+z")
    expect(text).to_have_value("Before.\nAfter.")
    editor.keyboard.press("Control+Shift+z")
    editor.get_by_role("button", name="Preview").click()
    expect(editor.locator("#preview figure figcaption")).to_have_text('The "pool"')
    shown = editor.locator("#preview img").first
    assert shown.evaluate("image => image.naturalWidth") == 50


@pytest.mark.parametrize(("event", "place"), [("paste", "[name=body]"), ("drop", "main")])
def test_picture_is_pasted_or_dropped(editor: Page, event: str, place: str):
    assert transfer(editor, event, place, picture("PNG"))
    editor.get_by_label("Description").fill("Pasted")
    editor.keyboard.press("Enter")
    expect(body(editor)).to_have_value(re.compile(rf"^!\[Pasted\]\({ADDRESS}\)$"))


def test_toolbar_chooses_pictures_on_the_full_screen_too(editor: Page):
    editor.get_by_role("button", name="Full screen").click()
    with editor.expect_file_chooser() as opened:
        editor.get_by_role("toolbar").get_by_role("button", name="Picture").click()
    opened.value.set_files([chosen("a.png", picture("PNG"))])  # type: ignore[list-item]
    editor.get_by_label("Description").fill("Tool")
    editor.keyboard.press("Enter")
    expect(body(editor)).to_have_value(re.compile(rf"^!\[Tool\]\({ADDRESS}\)$"))
    expect(body(editor)).to_be_focused()


def test_picture_pasted_behind_the_preview_leaves_the_title_alone(tab: Tab):
    page = tab(ALICE, viewport={"width": 390, "height": 844})
    page.goto("/articles/new/")
    page.get_by_role("tab", name="Preview").click()
    page.get_by_label("Title").fill("A title")
    assert transfer(page, "paste", "[name=title]", picture("PNG"))
    page.get_by_label("Description").fill("Hidden")
    page.keyboard.press("Enter")
    expect(body(page)).to_have_value(re.compile(rf"^!\[Hidden\]\({ADDRESS}\)$"))
    expect(page.get_by_label("Title")).to_have_value("A title")


def test_text_of_a_word_processor_is_pasted_as_text(editor: Page):
    code = TRANSFER.replace("const options", 'data.setData("text/plain", "x");'
                            'data.setData("text/html", "x"); const options')  # fmt: skip
    file = {"name": "x.png", "type": "image/png", "content": ""}
    assert not editor.evaluate(code, ["[name=body]", "paste", file])
    expect(editor.get_by_role("dialog")).to_have_count(0)


def test_refused_file_is_named_and_the_others_are_inserted(editor: Page):
    choose(editor, chosen("photo.heic", REFUSED["HEIC"]), chosen("fine.png", picture("PNG")))
    for each in editor.get_by_label("Decorative").all():
        each.check()
    editor.get_by_role("button", name="Upload and insert").click()
    expect(editor.get_by_role("alert")).to_contain_text("The file is HEIC.")
    expect(editor.get_by_text("photo.heic")).to_be_visible()
    expect(editor.get_by_text("fine.png")).to_have_count(0)
    editor.get_by_role("button", name="Remove").click()
    expect(body(editor)).to_have_value(re.compile(rf"^!\[\]\({ADDRESS}\)$"))


def test_file_over_the_limit_is_not_sent(editor: Page, tmp_path: Path):
    (tmp_path / "large.png").write_bytes(bytes(10 * 2**20 + 1))
    choose(editor, tmp_path / "large.png")
    expect(editor.get_by_role("alert")).to_have_text(
        "The file has 10.0 MB; at most 10.0 MB are allowed."
    )
    editor.get_by_label("Decorative").check()
    editor.on("request", lambda request: pytest.fail(request.url))
    editor.get_by_role("button", name="Upload and insert").click()
    expect(editor.get_by_role("dialog")).to_be_visible()


def test_upload_is_cancelled_and_sent_again(editor: Page):
    held: list[Route] = []
    editor.route("**/mine/images/", lambda route: held.append(route))
    choose(editor, chosen("slow.png", picture("PNG")))
    editor.get_by_label("Description").fill("Slow")
    editor.get_by_role("button", name="Upload and insert").click()
    expect(editor.get_by_role("progressbar")).to_be_visible()
    editor.get_by_role("listitem").get_by_role("button", name="Cancel").click()
    expect(editor.get_by_role("progressbar")).to_be_hidden()
    editor.unroute("**/mine/images/")
    editor.get_by_role("button", name="Upload and insert").click()
    expect(body(editor)).to_have_value(re.compile(rf"^!\[Slow\]\({ADDRESS}\)$"))
    assert len(held) == 1


def test_lost_network_keeps_text_and_pictures(editor: Page):
    body(editor).fill("Words.")
    choose(editor, chosen("a.png", picture("PNG")))
    editor.get_by_label("Decorative").check()
    editor.context.set_offline(True)
    editor.get_by_role("button", name="Upload and insert").click()
    expect(editor.get_by_role("alert")).to_contain_text("could not be sent")
    editor.context.set_offline(False)
    editor.keyboard.press("Escape")
    expect(body(editor)).to_have_value("Words.")
    expect(body(editor)).to_be_focused()


def test_page_of_the_pictures_takes_several_too(alice: Page):
    alice.goto("/articles/mine/images/")
    choose(
        alice, chosen("a.png", picture("PNG", (70, 30))), chosen("b.png", picture("PNG", (71, 30)))
    )
    dialog = alice.get_by_role("dialog")
    for number, field in enumerate(dialog.get_by_label("Description").all()):
        field.fill(f"Picture {number}")
    dialog.get_by_role("button", name="Upload").click()
    expect(alice.get_by_role("link", name="Open the picture “Picture 1”")).to_be_visible()
    expect(alice.get_by_role("link", name="Open the picture “Picture 0”")).to_be_visible()


def test_without_javascript_a_form_uploads_one(tab: Tab):
    page = tab(ALICE, java_script_enabled=False)
    page.goto("/articles/new/")
    expect(page.locator("[data-picture-tools]")).to_be_hidden()
    page.goto(page.get_by_role("link", name="Pictures").get_attribute("href") or "")
    page.locator("[name=file]").set_input_files(chosen("plain.png", picture("PNG", (80, 30))))  # type: ignore[arg-type]
    page.get_by_label("Description").fill("Plain")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status")).to_contain_text("Uploaded.")
    expect(page.get_by_label("Markdown").first).to_have_value(
        re.compile(rf"^!\[Plain\]\({ADDRESS}\)$")
    )
