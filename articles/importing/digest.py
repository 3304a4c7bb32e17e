"""Digests by which an import recognises its files and articles.

An edit on the site changes the digest of the article's text.
"""

import json
from datetime import UTC
from hashlib import sha256

from articles.models import Article


def key_of(path: str, source: str = "") -> str:
    """The key of the file at `path` in the blog `source`; case counts in every database."""
    return sha256((f"{source}\0{path}" if source else path).encode()).hexdigest()


def text_digest(article: Article) -> str:
    """The digest of all that an import sets. Line ends do not count: browsers send others."""
    date = article.publish_at and article.publish_at.astimezone(UTC).isoformat()
    tags = sorted(article.tags.values_list("slug", flat=True))
    body = article.body.replace("\r\n", "\n").strip()
    texts = [article.title, article.slug, body, article.summary, article.byline]
    fields = [*texts, article.status, date, article.author_id, tags]
    if article.breaks:  # only then, so that digests of releases without line breaks stay valid
        fields.append("breaks")
    return sha256(json.dumps(fields).encode()).hexdigest()
