import re
from collections import Counter
from html import unescape
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cli.base_command import SiteCommand
from core.cli.console import progress, say
from core.cli.option_types import allowed, whole
from core.page_cache.warming import Page, Sitemap, pages, sitemaps

TIMEOUT = 30  # seconds for one answer


class Visit(NamedTuple):
    page: Page
    language: str


class Answer(NamedTuple):
    status: int
    kept: str  # Cache-Status
    text: str


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Ask the running site for its public pages, so that the next visitors get them from
memory: the lists, and the pages that its sitemap names, in each language. Each
worker has a memory of its own, so every page is asked for several times, each time
on a new connection. Writes nothing.

Exits 1 when the site does not answer or a page fails.
"""
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url",
            default="http://127.0.0.1:8000",
            help=_("address of the running site (http://127.0.0.1:8000)"),
        )
        parser.add_argument(
            "--host",
            type=allowed(str, is_name, _("a name like www.example.org")),
            help=_("public name of the site, if the address does not contain it"),
        )
        parser.add_argument(
            "--newest",
            type=whole(0),
            default=100,
            help=_("number of the newest articles (100)"),
            metavar="N",
        )
        parser.add_argument(
            "--times",
            type=whole(1),
            default=2 * settings.INKPOOL_WORKERS,
            help=_("requests for each page (twice the number of workers)"),
            metavar="N",
        )

    def handle(self, *, url: str, host: str | None, **options: Any) -> None:
        site = Site(url, host)
        visits = [each for each in site.visits(options["newest"]) for _n in range(options["times"])]
        counts: Counter[str] = Counter()
        for visit in progress(visits, _("Pages"), self.stderr, options["verbosity"]):
            answer = site.ask(visit)
            if answer.status != 200:
                say(self.stderr, f"{answer.status} {visit.page.path}")
            counts[outcome(answer)] += 1
        line = _(
            "%(stored)d pages stored, %(hit)d already there, %(other)d not cacheable, "
            "%(failed)d failed."
        )
        self.stdout.write(
            line % {name: counts[name] for name in ("stored", "hit", "other", "failed")}
        )
        if counts["failed"]:
            raise CommandError(_("Some pages failed."))
        if not counts["stored"] + counts["hit"]:
            raise CommandError(_("No page was stored: is PAGE_CACHE off?"))


def outcome(answer: Answer) -> str:
    if answer.status != 200:
        return "failed"
    return next((word for word in ("stored", "hit") if word in answer.kept), "other")


class Site:
    """Asks the running site. Raises CommandError when it does not answer."""

    def __init__(self, url: str, host: str | None) -> None:
        self.address = split(url)
        self.headers = {"Host": host or self.address.netloc}
        if settings.SECURE_SSL_REDIRECT and self.address.scheme == "http":
            # As a trusted proxy says it, in either of the headers that it may use.
            self.headers |= {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"}

    def visits(self, newest: int) -> list[Visit]:
        """Every page in each language: the registered ones first, then those of the sitemaps."""
        languages = [code for code, _name in settings.LANGUAGES]
        named = [Page(path) for each in sitemaps for path in self.paths_of(each, newest)]
        wanted = dict.fromkeys([*pages, *named])
        return [Visit(page, language) for page, language in product(wanted, languages)]

    def paths_of(self, sitemap: Sitemap, newest: int) -> list[str]:
        """Of the section `newest_of` no more than `newest` pages, which come last."""
        found: list[str] = []
        limited: list[str] = []
        for section in self.locations(sitemap.path):
            if urlsplit(section).path != sitemap.newest_of:
                found += self.locations(section)
            elif len(limited) < newest:
                limited += self.locations(section)
        return found + limited[:newest]

    def locations(self, path: str) -> list[str]:
        """The paths that a sitemap names. Raises CommandError for an answer that is none."""
        answer = self.ask(Visit(Page(path), settings.LANGUAGE_CODE))
        if answer.status != 200:
            message = _("%(url)s%(path)s answers %(status)d, which is no sitemap; see --host.")
            shown = {"url": self.address.geturl(), "path": path, "status": answer.status}
            raise CommandError(message % shown)
        return [path_of(unescape(each)) for each in re.findall(r"<loc>(.*?)</loc>", answer.text)]

    def ask(self, visit: Visit) -> Answer:
        kind = HTTPSConnection if self.address.scheme == "https" else HTTPConnection
        connection = kind(self.address.hostname or "", self.address.port, timeout=TIMEOUT)
        headers = {"Accept": visit.page.accept, "Accept-Language": visit.language, **self.headers}
        try:
            connection.request("GET", visit.page.path, headers=headers)
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
    """Whether `text` is allowed in the Host header."""
    return re.fullmatch(r"[\w.:\[\]-]+", text, re.ASCII) is not None


def split(url: str) -> SplitResult:
    """Split the site's address. Raises CommandError for anything else."""
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
