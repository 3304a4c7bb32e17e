"""People and articles for tests: Alice writes, Bob reads, Charlie is anonymous, Dana is staff."""

from itertools import count
from typing import Any

from accounts.models import User
from articles.models import Article

PASSWORD = "Inkpool2026$!"
number = count(1)


def make_user(username: str = "alice_writes", **fields: Any) -> User:
    return User.objects.create_user(username, password=PASSWORD, **fields)


def make_article(author: User, **fields: Any) -> Article:
    defaults = {"title": f"Article {next(number)}", "body": "Some *text*.", "status": "published"}
    return Article.objects.create(author=author, **(defaults | fields))
