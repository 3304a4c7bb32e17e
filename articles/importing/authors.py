"""Finds the account that an imported file's author has here, or makes a byline of the names."""

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from articles.importing.post import Post
from articles.models import Article
from core.markdown import cut

LONGEST_BYLINE = Article._meta.get_field("byline").max_length or 0


def join_names(names: list[str]) -> str:
    """Returns `A, B`; of a long list as many whole names as fit a byline."""
    text = ", ".join(names)
    if len(text) <= LONGEST_BYLINE:
        return text
    whole = text[: LONGEST_BYLINE - 2].rpartition(", ")[0]
    return f"{whole} …" if whole else cut(text, LONGEST_BYLINE)


class Authors:
    def __init__(self, default: AbstractBaseUser) -> None:
        self.default = default
        self.found: dict[str, AbstractBaseUser | None] = {}

    def author_of(self, post: Post) -> AbstractBaseUser | None:
        """The account of the file's first author who has one."""
        accounts = (self._account(name) for name in post.authors)
        return next((account for account in accounts if account is not None), None)

    def byline_of(self, post: Post) -> str:
        """The names as the file gives them; "" if its only author has an account."""
        if len(post.authors) == 1 and self._account(post.authors[0]) is not None:
            return ""
        return join_names(post.authors)

    def _account(self, name: str) -> AbstractBaseUser | None:
        if name not in self.found:
            self.found[name] = get_user_model().objects.named(name).first()
        return self.found[name]
