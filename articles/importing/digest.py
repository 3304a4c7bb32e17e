"""How an import recognises what it wrote: anything edited on the site gives another digest."""

import json
from datetime import UTC
from hashlib import sha256

from articles.models import Article


def key_of(path: str, source: str = "") -> str:
    """Of the file at `path` in the blog `source`, where case counts in every database."""
    return sha256((f"{source}\0{path}" if source else path).encode()).hexdigest()


def text_digest(article: Article) -> str:
    """Of all that an import sets. Line ends do not count: a browser's form sends others."""
    date = article.publish_at and article.publish_at.astimezone(UTC).isoformat()
    tags = sorted(article.tags.values_list("slug", flat=True))
    body = article.body.replace("\r\n", "\n").strip()
    texts = [article.title, article.slug, body, article.summary, article.byline]
    fields = [*texts, article.status, date, article.author_id, tags]
    if article.breaks:  # only then: earlier imports, which knew no line breaks, keep their digests
        fields.append("breaks")
    return sha256(json.dumps(fields).encode()).hexdigest()
