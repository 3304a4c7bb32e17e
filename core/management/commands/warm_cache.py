import re
from collections import Counter
from html import unescape
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.cli.console import progress, say
from core.cli.option_types import allowed, whole

FIRST = ("/", "/articles/", "/articles", "/article")
ARTICLES = "sitemap-articles.xml"
TIMEOUT = 30  # seconds for one answer
JSON = "application/json"


class Visit(NamedTuple):
    path: str
    language: str
    accept: str = "text/html"


class Answer(NamedTuple):
    status: int
    kept: str  # Cache-Status
    text: str


class Command(BaseCommand):
    requires_system_checks: list[str] = []

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = _(
            "Ask the running site for its public pages, so that the next visitors get them from "
            "memory: the front page, the lists, authors, tags and the newest articles, as its "
            "sitemap names them, in each language. Each worker has a memory of its own, so every "
            "page is asked for several times, each time on a new connection. Nothing is "
            "written. Exits 1 when the site does not answer or a page fails."
        )
        return super().create_parser(*args, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url",
            default="http://127.0.0.1:8000",
            help=_("where the site listens (http://127.0.0.1:8000)"),
        )
        parser.add_argument(
            "--host",
            type=allowed(str, is_name, _("a name like www.example.org")),
            help=_("its public name, if that is not in the address"),
        )
        parser.add_argument(
            "--newest", type=whole(0), default=100, help=_("how many articles (100)"), metavar="N"
        )
        parser.add_argument(
            "--times",
            type=whole(1),
            default=2 * settings.INKPOOL_WORKERS,
            help=_("how often each page (twice the number of workers)"),
            metavar="N",
        )

    def handle(self, *, url: str, host: str | None, **options: Any) -> None:
        site = Site(url, host)
        visits = [each for each in site.visits(options["newest"]) for _n in range(options["times"])]
        counts: Counter[str] = Counter()
        for visit in progress(visits, _("Pages"), self.stderr, options["verbosity"]):
            answer = site.ask(visit)
            if answer.status != 200:
                say(self.stderr, f"{answer.status} {visit.path}")
            counts[kind(answer)] += 1
        line = _(
            "%(stored)d pages made, %(hit)d were there, %(other)d not kept, %(failed)d failed."
        )
        self.stdout.write(
            line % {name: counts[name] for name in ("stored", "hit", "other", "failed")}
        )
        if counts["failed"]:
            raise CommandError(_("Some pages failed."))
        if not counts["stored"] + counts["hit"]:
            raise CommandError(_("Nothing is kept there: is PAGE_CACHE off?"))


def kind(answer: Answer) -> str:
    if answer.status != 200:
        return "failed"
    return next((word for word in ("stored", "hit") if word in answer.kept), "other")


class Site:
    """The running site; raises CommandError when it does not answer."""

    def __init__(self, url: str, host: str | None) -> None:
        self.address = split(url)
        self.headers = {"Host": host or self.address.netloc}
        if settings.SECURE_SSL_REDIRECT and self.address.scheme == "http":
            # As a proxy says, if it is trusted here and by whichever header it says so.
            self.headers |= {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"}

    def visits(self, newest: int) -> list[Visit]:
        """Lists first: they are asked for most."""
        languages = [code for code, _name in settings.LANGUAGES]
        pages = [*dict.fromkeys([*FIRST, *self.public_pages(newest)])]
        found = [Visit(path, language) for path, language in product(pages, languages)]
        return found + [Visit("/articles", language, JSON) for language in languages]

    def public_pages(self, newest: int) -> list[str]:
        found: list[str] = []
        for section in self.places("/sitemap.xml"):
            places = self.places(section)
            found += places[:newest] if section.endswith(ARTICLES) else places
        return found

    def places(self, path: str) -> list[str]:
        answer = self.ask(Visit(path, "en"))
        if answer.status != 200:
            message = _("%(url)s%(path)s answers %(status)d, which is no sitemap; see --host.")
            shown = {"url": self.address.geturl(), "path": path, "status": answer.status}
            raise CommandError(message % shown)
        return [path_of(unescape(each)) for each in re.findall(r"<loc>(.*?)</loc>", answer.text)]

    def ask(self, visit: Visit) -> Answer:
        kind = HTTPSConnection if self.address.scheme == "https" else HTTPConnection
        connection = kind(self.address.hostname or "", self.address.port, timeout=TIMEOUT)
        headers = {"Accept": visit.accept, "Accept-Language": visit.language, **self.headers}
        try:
            connection.request("GET", visit.path, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            return Answer(answer.status, answer.headers.get("Cache-Status", ""), text)
        except (OSError, HTTPException, UnicodeError) as error:  # a name may be too long for IDNA
            message = _("%(url)s does not answer: %(error)s.")
            shown = {"url": self.address.geturl(), "error": error}
            raise CommandError(message % shown) from None
        finally:
            connection.close()


def is_name(text: str) -> bool:
    """May it stand in the Host header?"""
    return re.fullmatch(r"[\w.:\[\]-]+", text, re.ASCII) is not None


def split(url: str) -> SplitResult:
    """Raises CommandError for what is no address of a site."""
    try:
        address = urlsplit(url.rstrip("/"))
        usable = address.scheme in ("http", "https") and is_name(address.netloc)
        usable = usable and bool(address.hostname) and address.port != 0
    except ValueError:
        usable = False
    if not usable or address.path or address.query:
        message = _("--url=%(url)s is not allowed; give an address like http://127.0.0.1:8000.")
        raise CommandError(message % {"url": url}, returncode=2)
    return address


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
