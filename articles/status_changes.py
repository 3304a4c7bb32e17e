"""Publishes, withdraws, hides, trashes and recovers articles, and notes who has done it.

Guarantees: the row is locked while its status is compared and changed, so of two changes at once
the second one sees the first; a change and its note are one transaction.
"""

from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from articles.models import Article, Revision, StatusChange
from articles.querysets import TRASHED
from articles.revisions import By, keep

Action, Status = StatusChange.Action, Article.Status
ALLOWED_FROM: dict[str, set[str]] = {
    Action.PUBLISHED: {Status.DRAFT},
    Action.WITHDRAWN: {Status.PUBLISHED},
    Action.HIDDEN: {Status.PUBLISHED},
    Action.SHOWN: {Status.HIDDEN},
    Action.TRASHED: {Status.DRAFT, Status.PUBLISHED, Status.HIDDEN},
    Action.RECOVERED: {TRASHED},
}
BY_NEW_STATUS: dict[str, str] = {  # what a change of the field `status`, as in the admin, is called
    Status.PUBLISHED: Action.PUBLISHED,
    Status.DRAFT: Action.WITHDRAWN,
    Status.HIDDEN: Action.HIDDEN,
}


@transaction.atomic
def change_status(pk: int, action: str, by: By, reason: str = "") -> Article | None:
    """Returns the changed article; None, and changes nothing, if its status does not allow it.

    `reason` is why it is hidden.
    """
    found = Article.with_trashed.select_for_update().defer("body", "body_html")
    article = found.filter(pk=pk, status__in=ALLOWED_FROM[action]).first()
    if article is None or (action == Action.RECOVERED and not may_recover(article, by)):
        return None
    values = new_values(article, action, by, reason)
    for name, value in values.items():
        setattr(article, name, value)
    article.save(update_fields=["status", *values])
    note(article, action, by, reason)
    return article


def may_recover(article: Article, by: By) -> bool:
    """Whether an article may come back from the trash: one that the team deleted, by the team."""
    return not article.trashed_by_team or administers(by)


def administers(user: By) -> bool:
    """Whether the user may delete the articles of others, and bring them back."""
    account = cast(Any, user)
    return bool(account and account.is_staff and account.has_perm("articles.delete_article"))


def new_values(article: Article, action: str, by: By, reason: str) -> dict[str, Any]:
    if action == Action.TRASHED:
        # Back in its browser, the form that has made it makes another one.
        free = {"creation_token": None, "status_before_trash": article.status}
        by_team = by is None or by.pk != article.author_id
        return {"status": TRASHED, "trashed_at": timezone.now(), "trashed_by_team": by_team, **free}
    if action == Action.RECOVERED:
        kept = {"status": article.status_before_trash or Status.DRAFT, "status_before_trash": ""}
        return {**kept, "trashed_at": None, "trashed_by_team": False}
    if action == Action.HIDDEN:
        return {"status": Status.HIDDEN, "hidden_reason": reason}
    if action == Action.SHOWN:
        return {"status": Status.PUBLISHED, "hidden_reason": ""}
    return {"status": Status.PUBLISHED if action == Action.PUBLISHED else Status.DRAFT}


def note(article: Article, action: str, by: By, reason: str = "") -> None:
    """Notes a change of status in its transaction; the text that is published now stays forever."""
    article.status_changes.create(action=action, by_id=by and by.pk, reason=reason)
    if article.status == Status.PUBLISHED:
        keep(article.pk, by, Revision.Origin.FOUND)
