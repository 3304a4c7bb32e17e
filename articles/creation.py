"""Makes one article for one opened form, however often the form is sent.

The form of a new article carries a token, which is unique in the database for each author. A second
POST with the same token changes the article that the first one has made; with the token of another
author's article it makes an article of its own.
"""

from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from articles.models import Article

TOKEN_LENGTH = 36  # characters, with hyphens


def parse_token(text: object) -> UUID | None:
    """Returns the token that the text spells, or None.

    A form is given a UUID of version 4; MariaDB refuses those of no known version.
    """
    written = str(text)
    try:
        found = UUID(written) if len(written) <= TOKEN_LENGTH else None
    except ValueError:
        return None
    return found if found and found.version == 4 else None


def article_made_by_form(
    user: AbstractBaseUser | AnonymousUser, token: UUID | None
) -> Article | None:
    """Returns the user's article that the form with this token has made, or None."""
    if token is None:
        return None
    with transaction.atomic():  # in which the query cache is not used
        return Article.objects.written_by(user).filter(creation_token=token).first()
