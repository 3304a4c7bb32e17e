"""Writes posts to the database, each file in a transaction of its own.

Guarantees: the article of an unchanged file is not touched; an article that was edited on the site
is left alone; a file that fails changes nothing and is named; two imports at once make one article.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.importing import Refused, sources
from articles.importing.authors import Authors
from articles.importing.blog import Blog
from articles.importing.digest import text_digest
from articles.importing.front_matter import Fields
from articles.importing.known_files import KnownFiles
from articles.importing.post import Post, make_post
from articles.importing.sources import Source
from articles.importing.visible import shows_nothing
from articles.models import Article, ImportedFile, Revision, Tag
from articles.revisions import keep, keep_stored
from articles.status_changes import Action, change_status
from core.db.deadlock_retry import retry_deadlocks
from core.markdown import TextRefused
from core.markdown.remarks import remarks

T = TypeVar("T")
UNNAMED = Blog()
Prepare = Callable[[Fields], None]  # changes the fields of a file before a post is made of it


class Result(Enum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_ALONE = "left"
    REFUSED = "refused"


@dataclass
class Outcome:
    result: Result
    notes: list[str] = field(default_factory=list)


class Importer:
    def __init__(
        self,
        author: AbstractBaseUser,
        blog: Blog = UNNAMED,
        *,
        overwrite: bool = False,
        dry_run: bool = False,
    ) -> None:
        """Raises Refused if the blog's name belongs to another blog."""
        self.authors = Authors(author)
        self.overwrite = overwrite
        self.dry_run = dry_run
        self.known = KnownFiles(self.authors, blog)
        if not dry_run:
            self.known.remember_folder()

    def import_file(self, source: Source, prepare: Prepare | None = None) -> Outcome:
        try:
            content = source.read()
            digest = sources.digest(content)
            row = self.known.row_of(source, digest)
            is_same = row is not None and row.file_digest == digest
            if row is not None and is_same and not row.article.trashed_at:
                self._keep_article(source, row)
                return Outcome(Result.UNCHANGED)
            return self._store(source, digest, content, row, prepare)
        except Refused as refusal:
            return Outcome(Result.REFUSED, [str(refusal)])
        except TextRefused as refusal:
            return Outcome(Result.REFUSED, [str(refusal)])
        except DatabaseError as error:
            reason = " ".join(str(part) for part in error.args)
            return Outcome(Result.REFUSED, [_("the database refused it: %s") % reason])
        except (RecursionError, ValueError) as error:  # one file does not end the import
            return Outcome(Result.REFUSED, [_("cannot be understood: %s") % error])

    def _store(
        self,
        source: Source,
        digest: str,
        content: bytes,
        row: ImportedFile | None,
        prepare: Prepare | None,
    ) -> Outcome:
        fields, body = source.parse(content)
        if prepare is not None:
            prepare(fields)
        post = make_post(fields, body, source.place, source.folder)
        post.breaks = source.breaks
        result = self._in_transaction(lambda: self._write(source, digest, post, row))
        if result in (Result.NEW, Result.CHANGED):
            post.notes += remarks(post.body, post.html)
        return Outcome(result, [] if result is Result.UNCHANGED else post.notes)

    def _in_transaction(self, write: Callable[[], T]) -> T:
        @transaction.atomic
        def write_file() -> T:
            result = write()
            transaction.set_rollback(self.dry_run)
            return result

        return retry_deadlocks(write_file)

    def _keep_article(self, source: Source, row: ImportedFile) -> None:
        """Leaves the article of an unchanged file; its row follows a moved file."""
        if row.key != self.known.key_of(source):
            self._in_transaction(lambda: self._follow(source, row))

    def _follow(self, source: Source, row: ImportedFile) -> None:
        """Stores in a row where its file is now, unless another import has done so."""
        place = self.known.place_of(source)
        if row.key != place["key"]:
            with suppress(IntegrityError), transaction.atomic():
                ImportedFile.objects.filter(pk=row.pk, key=row.key).update(**place)

    def _write(self, source: Source, digest: str, post: Post, known: ImportedFile | None) -> Result:
        if known is not None:
            self._follow(source, known)
            of_key = ImportedFile.objects.filter(key=self.known.key_of(source))
            if row := of_key.select_for_update().first():
                return self._update(row, digest, post)
        try:
            with transaction.atomic():
                return self._create(source, digest, post)
        except IntegrityError:  # another import may have written the file a moment ago
            if ImportedFile.objects.filter(key=self.known.key_of(source)).exists():
                return Result.UNCHANGED
            raise

    def _create(self, source: Source, digest: str, post: Post) -> Result:
        article = Article.objects.create(
            author_id=(self.authors.author_of(post) or self.authors.default).pk,
            **self._fields(post),
        )
        ImportedFile.objects.create(
            article=article,
            **self.known.place_of(source),
            file_digest=digest,
            text_digest=self._finish(article, post, post.date),
        )
        return Result.NEW

    def _update(self, row: ImportedFile, digest: str, post: Post) -> Result:
        article = Article.with_trashed.select_for_update().get(pk=row.article_id)
        if row.file_digest == digest and not article.trashed_at:  # another import was faster
            return Result.UNCHANGED
        if article.trashed_at and article.trashed_by_team:
            post.notes[:] = [_("the team deleted its article; an administrator can bring it back")]
            return Result.LEFT_ALONE
        article = change_status(article.pk, Action.RECOVERED, None) or article
        keep_stored(article.pk)
        if not self.overwrite and text_digest(article) != row.text_digest:
            post.notes[:] = [_("was edited on the site; --overwrite takes the file's text")]
            return Result.LEFT_ALONE
        stays_hidden = article.status == Article.Status.HIDDEN and not post.hidden
        for name, value in self._fields(post).items():
            setattr(article, name, value)
        if stays_hidden:  # its author may give the file any status, but may not show it again
            article.status = Article.Status.HIDDEN
            post.notes.append(_("its article is hidden here and stays so until an editor shows it"))
        if author := self.authors.author_of(post):
            article.author_id = author.pk
        article.save()
        row.file_digest, row.text_digest = digest, self._finish(article, post, None)
        row.save(update_fields=["file_digest", "text_digest"])
        return Result.CHANGED

    def _fields(self, post: Post) -> dict[str, Any]:
        return {
            "title": post.title,
            "slug": post.slug,
            "body": post.body,
            "breaks": post.breaks,
            "summary": post.summary,
            "byline": self.authors.byline_of(post),
            "status": status_of(post),
            "publish_at": post.date,
        }

    def _finish(self, article: Article, post: Post, changed: datetime | None) -> str:
        """Sets tags and dates; returns the digest by which the article is recognised later."""
        if shows_nothing(article.body_html):
            raise Refused(_("has nothing to show: no text is left after scripts are removed"))
        post.html = article.body_html
        article.tags.set(Tag.objects.named(post.tags))
        now = timezone.now()
        Article.objects.filter(pk=article.pk).update(
            created_at=min(post.date or article.created_at, now),
            updated_at=min(post.updated or changed or now, now),
        )
        keep(article.pk, None, Revision.Origin.IMPORTED)
        return text_digest(article)


def status_of(post: Post) -> str:
    if post.draft:
        return Article.Status.DRAFT
    return Article.Status.HIDDEN if post.hidden else Article.Status.PUBLISHED
