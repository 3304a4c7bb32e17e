"""Posts into the database: one transaction a file, the path of the file its identity.

Promises: what has not changed is not touched; what was edited on the site is left alone; a
file that fails changes nothing and is named; two imports at once make no article twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.importing import Refused, sources
from articles.importing.authors import Authors
from articles.importing.digest import key_of, text_digest
from articles.importing.front_matter import Fields, split
from articles.importing.hexo import keeps_line_breaks
from articles.importing.post import Post, make_post
from articles.importing.sources import Source
from articles.importing.visible import is_blank
from articles.models import Article, ImportedFile, Tag
from core.markdown.remarks import remarks
from core.retry import retry_deadlocks

Prepare = Callable[[Fields], None]  # changes the fields of a file before they are understood


class Result(Enum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"
    REFUSED = "refused"


@dataclass
class Outcome:
    result: Result
    notes: list[str] = field(default_factory=list)


class Importer:
    def __init__(
        self, author: AbstractBaseUser, *, overwrite: bool = False, dry_run: bool = False
    ) -> None:
        self.authors = Authors(author)
        self.overwrite = overwrite
        self.dry_run = dry_run
        rows = list(ImportedFile.objects.all())
        self.known = {row.path: row for row in rows}
        self.by_content = {row.file_digest: row for row in rows}

    def take(self, source: Source, prepare: Prepare | None = None) -> Outcome:
        try:
            content = source.read()
            digest = sources.digest(content)
            row = self.known.get(source.path)
            if row is not None and row.file_digest == digest:
                return Outcome(Result.UNCHANGED)
            return self._store(source, digest, content, prepare)
        except Refused as refusal:
            return Outcome(Result.REFUSED, [str(refusal)])
        except DatabaseError as error:
            reason = " ".join(str(part) for part in error.args)
            return Outcome(Result.REFUSED, [_("the database refused it: %s") % reason])
        except (RecursionError, ValueError) as error:  # one file never ends the import
            return Outcome(Result.REFUSED, [_("cannot be understood: %s") % error])

    def _store(
        self, source: Source, digest: str, content: bytes, prepare: Prepare | None
    ) -> Outcome:
        fields, body = split(sources.decode(content))
        if prepare is not None:
            prepare(fields)
        post = make_post(fields, body, source.place, source.folder)
        post.breaks = keeps_line_breaks(source.file)
        result = retry_deadlocks(lambda: self._transact(source, digest, post))
        if result in (Result.NEW, Result.CHANGED):
            post.notes += remarks(post.body)
        return Outcome(result, [] if result is Result.UNCHANGED else post.notes)

    @transaction.atomic
    def _transact(self, source: Source, digest: str, post: Post) -> Result:
        result = self._write(source, digest, post)
        transaction.set_rollback(self.dry_run)
        return result

    def _write(self, source: Source, digest: str, post: Post) -> Result:
        if source.path in self.known:
            row = ImportedFile.objects.select_for_update().filter(key=key_of(source.path)).first()
            return self._update(row, digest, post) if row else self._create(source, digest, post)
        if self._moved(source, digest):
            return Result.UNCHANGED
        try:
            with transaction.atomic():
                return self._create(source, digest, post)
        except IntegrityError:  # perhaps another import took the file a moment ago
            if ImportedFile.objects.filter(key=key_of(source.path)).exists():
                return Result.UNCHANGED
            raise

    def _moved(self, source: Source, digest: str) -> bool:
        """The same file under another name: its article stays, its row follows."""
        row = self.by_content.get(digest)
        if row is None or not Path(row.path).is_absolute() or Path(row.path).exists():
            return False
        renamed = ImportedFile.objects.filter(pk=row.pk, path=row.path)
        return bool(renamed.update(path=source.path, key=key_of(source.path)))

    def _create(self, source: Source, digest: str, post: Post) -> Result:
        article = Article.objects.create(
            author_id=(self.authors.author_of(post) or self.authors.default).pk,
            **self._fields(post),
        )
        ImportedFile.objects.create(
            article=article,
            path=source.path,
            key=key_of(source.path),
            file_digest=digest,
            text_digest=self._finish(article, post, post.date),
        )
        return Result.NEW

    def _update(self, row: ImportedFile, digest: str, post: Post) -> Result:
        if row.file_digest == digest:  # another import was faster
            return Result.UNCHANGED
        article = row.article
        if not self.overwrite and text_digest(article) != row.text_digest:
            post.notes[:] = [_("was edited on the site; --overwrite takes the file's text")]
            return Result.LEFT
        for name, value in self._fields(post).items():
            setattr(article, name, value)
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
        """Tags, and the dates that save() stamped; what the article is recognised by later."""
        if is_blank(article.body_html):
            raise Refused(_("has nothing to show: no text is left after scripts are removed"))
        article.tags.set(Tag.objects.named(post.tags))
        now = timezone.now()
        Article.objects.filter(pk=article.pk).update(
            created_at=min(post.date or article.created_at, now),
            updated_at=min(post.updated or changed or now, now),
        )
        return text_digest(article)


def status_of(post: Post) -> str:
    if post.draft:
        return Article.Status.DRAFT
    return Article.Status.HIDDEN if post.hidden else Article.Status.PUBLISHED
