"""Articles whose HTML an older version of the renderer has made."""

from typing import Any

from accounts.models import User
from articles.models import OUTDATED, Article
from tests.factories import make_article

OLD = {"body_html": "<p>As **once**.</p>", "excerpt": "As **once**.", "rendered_by": OUTDATED}


def make_outdated(author: User, **fields: Any) -> Article:
    article = make_article(author, **({"body": "As **now**."} | fields))
    Article.objects.filter(pk=article.pk).update(**OLD)
    article.refresh_from_db()
    return article
