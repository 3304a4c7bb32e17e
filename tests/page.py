"""What a test asks of a page: its forms, its texts by id, its links."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "img", "br", "hr"}
Attributes = dict[str, str]


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Attributes]] = [{}]  # the first: what is in no form
        self.actions = [""]  # of each form
        self.texts: dict[str, str] = {}
        self.links: list[str] = []
        self.assets: list[str] = []
        self.text = ""
        self._field: Attributes = {}
        self._open: list[tuple[str, Attributes]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
            self.actions.append(found.get("action", ""))
        if tag in ("input", "textarea", "select", "button") and "name" in found:
            self.forms[-1][found["name"]] = self._field = found | {"tag": tag}
        if tag == "option" and "selected" in found:
            self._field["value"] = found["value"]
        if tag == "a":
            self.links.append(found.get("href", ""))
        if tag in ("link", "script"):
            self.assets.append(found.get("href", "") + found.get("src", ""))
        if tag not in VOID:
            self._open.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, attributes in self._open:
            if "id" in attributes:
                self.texts[attributes["id"]] = self.texts.get(attributes["id"], "") + data

    def form_with(self, name: str) -> dict[str, Attributes]:
        """The inputs, by name, of the form that has the one named."""
        return next(form for form in self.forms if name in form)

    def action_of(self, name: str) -> str:
        """The address that this form is sent to."""
        return self.actions[self.forms.index(self.form_with(name))]

    def error_of(self, name: str) -> str:
        """What the page says beside an input that it marks as invalid."""
        field = self.form_with(name)[name]
        if field.get("aria-invalid") != "true":
            return ""
        described = field.get("aria-describedby", "").split()
        return "".join(self.texts[part] for part in described if part.endswith("_error")).strip()
