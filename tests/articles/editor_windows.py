"""Two windows of the editor at random: the requests of core/static/inkpool/editor/.

A Window does what the modules there do, but for timers. A text that the server has not confirmed
stays on the device; everything confirmed has to be in the database.
"""

import re
from random import Random
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from tests.page import Page

OFFERED = re.compile('data-offered="([^"]*)"')
SAVED_ELSEWHERE = 409


class Answer(NamedTuple):
    status: int
    data: dict[str, Any] = {}  # of JSON
    html: str = ""
    location: str = ""


class Stored(NamedTuple):
    """The texts in the database that the author can open."""

    articles: list[str]  # made by this author's form
    revisions: set[str]
    copies: set[str]  # offered in the editor or in “My articles”


class Connection(Protocol):
    """The author's way to the site. An answer is None if the network, or a server, is away."""

    def get(self, path: str) -> Answer | None: ...
    def post(self, path: str, fields: dict[str, Any]) -> Answer | None: ...
    def sign_in(self) -> Any: ...
    def sign_out(self) -> None: ...
    def stored(self, token: str) -> Stored: ...


class Author:
    """One form of a new article, open in two windows."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self.connection, self.random, self.seed = connection, Random(seed), seed
        self.token = str(UUID(int=Random(f"token {seed}").getrandbits(128), version=4))
        self.opened = 0
        self.sent: set[str] = set()  # with a button that saves
        self.in_history: set[str] = set()  # saved, refused, or put aside
        self.windows = [self.open(), self.open()]

    def open(self) -> "Window":
        self.opened += 1
        return Window(self, f"w{self.opened}")

    def post(self, path: str, fields: dict[str, Any]) -> Answer | None:
        answer = self.connection.post(path, fields)
        if answer is None or answer.status not in (401, 403):
            return answer
        self.connection.sign_in()
        return None

    def goes_on(self, continues: str) -> None:
        """A new window has the text of these versions, and may replace them there."""
        names = {stamp.split(":")[0] for stamp in continues.split()}
        for window in self.windows:
            window.newest = [] if window.name in names else window.newest

    def check(self) -> None:
        stored = self.connection.stored(self.token)
        kept = {*stored.articles, *stored.revisions, *stored.copies}
        lost = [each.newest for each in self.windows if each.newest and not kept & {*each.newest}]
        assert not lost, (self.seed, lost, stored)
        assert self.in_history <= stored.revisions, (self.seed, self.in_history, stored)
        assert len(stored.articles) <= 1, (self.seed, stored.articles)
        assert set(stored.articles) <= self.sent, (self.seed, stored.articles)


class Window:
    def __init__(self, author: Author, name: str) -> None:
        self.author, self.name = author, name
        self.text, self.seen, self.pk = "", "", ""
        self.last = self.on_server = 0  # numbers of changes
        self.continues = self.displaces = self.conflict = ""
        # The last text that the server has confirmed, and those sent since: it may have them.
        self.newest: list[str] = []
        self.requests: list[dict[str, Any]] = []

    def type(self) -> None:
        self.last += 1
        self.text = f"{self.author.seed} {self.name} {self.last}."

    def fields(self, **others: Any) -> dict[str, Any]:
        own = f"{self.name}:{self.last}" if self.last else ""
        fields = {"title": "T", "body": self.text, "tags": "", "summary": "", "seen": self.seen}
        copy = f"{own} {self.continues}".strip()
        return fields | {"creation_token": self.author.token, "copy": copy} | others

    @property
    def autosave_path(self) -> str:
        return f"/articles/{self.pk or 'new'}/autosave/"

    def autosave(self) -> None:
        if self.on_server >= self.last:
            return
        text, last = self.send_text()
        fields = self.fields(window=self.name, sequence=last, displaces=self.displaces)
        self.requests.append(fields)
        answer = self.author.post(self.autosave_path, fields)
        if answer and answer.status == 200:
            self.take_over(text, last)
            self.continues, self.displaces = f"{self.name}:{last}", ""
        elif answer and answer.status == SAVED_ELSEWHERE:
            self.conflict = answer.data["copy"]

    def send_text(self) -> tuple[str, int]:
        self.newest += [self.text] if self.newest else []
        return self.text, self.last

    def take_over(self, text: str, last: int) -> None:
        self.newest, self.on_server = [text], max(self.on_server, last)

    def type_and_autosave(self) -> None:
        self.type()
        self.autosave()

    def late(self) -> None:
        """An earlier request arrives once more, or only now."""
        if self.requests:
            self.author.post(self.autosave_path, self.author.random.choice(self.requests))

    def go_on(self) -> None:
        """“Go on here” after a conflict with the other window."""
        self.displaces, self.conflict = self.conflict, ""
        self.autosave()

    def save(self, **button: str) -> None:
        if not self.text:
            return
        text, last = self.send_text()
        self.author.sent.add(text)
        path = f"/articles/{self.pk}/edit/" if self.pk else "/articles/new/"
        answer = self.author.post(path, self.fields(**button or {"save": ""}))
        if answer and answer.status == 200:
            self.take_over(text, last)
            self.seen, self.pk = answer.data["saved"], answer.data["place"]
            self.continues = ""
            self.author.in_history.add(text)
        elif answer and answer.status == SAVED_ELSEWHERE:
            self.take_over(text, last)
            self.author.in_history.add(text)
            self.come_back(answer.html)

    def come_back(self, html: str) -> None:
        """The page of a conflict is a new window that holds the text and may overwrite."""
        fields = form_of(html)
        window = self.author.open()
        window.text, window.seen, window.pk = self.text, fields["seen"], self.pk
        window.continues, window.newest, window.last = fields["copy"], self.newest, 1
        self.author.windows[self.author.windows.index(self)] = window

    def publish(self) -> None:
        self.save(publish="")

    def withdraw(self) -> None:
        if self.pk:
            self.author.post(f"/articles/{self.pk}/withdraw/", {})

    def end(self) -> None:
        self.author.connection.sign_out()

    def reload(self) -> None:
        """A window in its place goes on with the newest text, the device's or the server's."""
        on_device = self.last > self.on_server
        path = f"/articles/{self.pk}/edit/" if self.pk else f"/articles/new/{self.author.token}/"
        answer = self.author.connection.get(path + ("" if on_device else "?unsaved"))
        if answer is None:
            return
        if answer.status != 200:
            self.author.connection.sign_in()
            return
        window, fields = self.author.open(), form_of(answer.html)
        window.pk = place_of(answer)
        window.text, window.seen, window.continues = fields["body"], fields["seen"], fields["copy"]
        self.author.goes_on(window.continues)
        if on_device:
            window.take_from_device(self, answer.html)
        self.author.windows[self.author.windows.index(self)] = window

    def take_from_device(self, record: "Window", html: str) -> None:
        self.text, self.last = record.text, 1
        self.seen = record.seen if record.pk == self.pk else self.seen
        known = [f"{record.name}:{record.last}", record.continues, self.continues]
        self.continues = " ".join(filter(None, known))
        self.newest = record.newest
        if found := OFFERED.search(html):
            self.displaces = found[1]


def form_of(html: str) -> dict[str, str]:
    page = Page(html)
    fields = page.form_with("title")
    hidden = {name: fields[name].get("value", "") for name in ("seen", "copy")}
    return hidden | {"body": page.texts[fields["body"]["id"]].removeprefix("\n")}


def place_of(answer: Answer) -> str:
    """The number of the article that the page edits, or "" for a form that has made none."""
    found = re.search(r'data-place="(\d+)"', answer.html)
    return found[1] if found else ""


ACTIONS = {
    "type": 4,
    "type_and_autosave": 6,
    "autosave": 3,
    "save": 3,
    "go_on": 2,
    "publish": 1,
    "withdraw": 1,
    "end": 1,
    "late": 1,
    "reload": 2,
}
AT_ONCE = ("type_and_autosave", "autosave", "save", "late", "publish", "withdraw")
