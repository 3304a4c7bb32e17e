"""Reads articles in raw SQL, through core.sql."""

from django.urls import reverse
from django.utils import timezone

from core.sql import Row, fetch_all

NEWEST = """
    SELECT id, title, slug FROM articles_article
    WHERE status = 'published' AND publish_at <= %s
    ORDER BY publish_at DESC, id DESC LIMIT %s
"""


def newest(count: int) -> list[Row]:
    """Returns the newest published articles as the notes' `select id,name,url from article`."""
    rows = fetch_all(NEWEST, [timezone.now(), count])
    return [
        {
            "id": row["id"],
            "name": row["title"],
            "url": reverse("articles:detail", args=[row["id"], row["slug"]]),
        }
        for row in rows
    ]
