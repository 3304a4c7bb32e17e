"""Decides from a file's fields whether its article is public, and from when.

A post that its generator does not show publicly does not become public here. An unknown word is
never read as "public".
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath, PurePosixPath

from django.utils import timezone
from django.utils.translation import gettext as _

from articles.importing.dates import read_date, short
from articles.importing.front_matter import NO, YES, Fields

DRAFT_IF_TRUE = ("draft", "isdraft", "is_draft", "wip", "unpublished")
DRAFT_IF_FALSE = ("published", "publish", "ispublished", "is_published", "dg_publish")
HIDDEN_IF_TRUE = ("hidden", "private", "unlisted", "encrypt", "encrypted", "headless")
HIDDEN_IF_FALSE = ("public", "visible", "render")
PUBLISH_DATES = (
    *("publishdate", "publish_date", "pubdate", "pub_date"),
    *("published_at", "publishedat", "publish_at", "publisheddate", "published_date"),
)
EXPIRY_DATES = (
    *("expirydate", "expiry_date", "expiry", "expires", "expires_at", "expiration_date"),
    *("unpublishdate", "unpublish_date", "unpublish_at"),
)
PUBLIC_WORDS = {"publish", "published", "public", "live", "featured", "scheduled", "future"}
DRAFT_WORDS = {"draft", "drafts", "pending", "wip", "unpublished", "auto-draft"}
DRAFT_FOLDERS = {"_drafts", "_draft", "drafts", "draft"}
HIDDEN_WORDS = {"hidden", "private", "unlisted", "skip", "trash"}


@dataclass
class Publication:
    draft: bool = False
    hidden_by: list[str] = field(default_factory=list)  # reasons
    date: datetime | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def hidden(self) -> bool:
        """False for a draft: its author may publish it, but only an editor a hidden article."""
        return bool(self.hidden_by) and not self.draft


def read_publication(fields: Fields, fallback: datetime | None) -> Publication:
    """Reads status and date; `fallback` is the date in the file's path or name.

    Raises Refused for a word or a date that cannot be parsed.
    """
    found = Publication()
    _flags(found, fields)
    for name in ("status", "post_status", "visibility"):
        _word(found, name, fields.word(name))
    _dates(found, fields, fallback)
    _expiry(found, fields)
    return found


def apply_place(found: Publication, place: PurePosixPath, folder: PurePath) -> None:
    """Makes a draft of a file that generators skip because of its place; adds the notes."""
    names = {name.lower() for name in (folder.name, *place.parent.parts)}
    if names & DRAFT_FOLDERS or "_drafts" in folder.parts:
        found.draft = True
        found.notes.append(_("lies in a folder of drafts; it went in as a draft"))
    elif place.name.startswith("_"):
        found.draft = True
        found.notes.append(_("has a name that begins with “_”; it went in as a draft"))
    if found.hidden:
        found.notes += [_("%s; it went in as hidden") % reason for reason in found.hidden_by]
    elif not found.draft:
        found.notes += _scheduled(found.date)


def read_moment(fields: Fields, *names: str) -> datetime | None:
    """The date in the first of these fields that is given."""
    for name in names:
        if text := fields.text(name):
            return read_date(text, name)
    return None


def _flags(found: Publication, fields: Fields) -> None:
    flags = [
        fields.flag(name) for name in DRAFT_IF_TRUE
    ]  # all of them, so that a wrong value is refused
    found.draft = any(flags)
    found.draft |= any(fields.word(name) in DRAFT_WORDS for name in ("layout", "type"))
    for name in DRAFT_IF_FALSE:
        text = fields.word(name)
        if text in YES | NO:
            found.draft |= text in NO
        elif text in DRAFT_WORDS | HIDDEN_WORDS:
            _word(found, name, text)
    hiding = [name for name in HIDDEN_IF_TRUE if fields.flag(name)]
    hiding += [name for name in HIDDEN_IF_FALSE if fields.flag(name) is False]
    hiding += ["password"] if fields.text("password") else []
    hiding += [name for name in ("build", "_build") if _is_not_built(fields.table(name))]
    hiding += ["hide"] if fields.word("hide") in YES else []
    found.hidden_by += [_("has “%s”") % f"{name}: {fields.shown(name)}" for name in hiding]


def _is_not_built(build: Fields) -> bool:
    """Whether Hugo's build options keep the page out of lists or do not render it."""
    return any(build.word(name) in {"never", *NO} for name in ("render", "list"))


def _word(found: Publication, name: str, text: str) -> None:
    word = text.lower()
    if not word or word in PUBLIC_WORDS:
        return
    if word in HIDDEN_WORDS or name == "visibility":
        found.hidden_by.append(_("has “%s”") % f"{name}: {text[:60]}")
        return
    found.draft = True
    if word not in DRAFT_WORDS:
        values = {"name": name, "value": text[:60]}
        found.notes.append(
            _("has “%(name)s: %(value)s”, which is not known; it went in as a draft") % values
        )


def _dates(found: Publication, fields: Fields, fallback: datetime | None) -> None:
    """Sets the date. Hugo publishes at publishDate and shows date; an article has one for both."""
    written = read_moment(fields, "date")
    published = read_moment(fields, *PUBLISH_DATES) or _date_of_flag(fields)
    found.date = written or published or fallback
    if found.date and published and published > timezone.now():
        found.date = max(found.date, published)


def _date_of_flag(fields: Fields) -> datetime | None:
    """`published: 2014-12-12` is a date in Hugo. Raises Refused for another unknown word."""
    known = YES | NO | DRAFT_WORDS | HIDDEN_WORDS | PUBLIC_WORDS
    for name in DRAFT_IF_FALSE:
        text = fields.text(name)
        if text and fields.word(name) not in known:
            return read_date(text, name, _("true, false and a date"))
    return None


def _expiry(found: Publication, fields: Fields) -> None:
    end = read_moment(fields, *EXPIRY_DATES)
    if end is None:
        return
    if end <= timezone.now():
        found.hidden_by.append(_("expired %s") % short(end))
    else:
        found.notes.append(_("expires %s; it stays public here until it is hidden") % short(end))


def _scheduled(date: datetime | None) -> list[str]:
    if date is None or date <= timezone.now():
        return []
    return [_("is scheduled for %s; it appears then by itself") % short(date)]
