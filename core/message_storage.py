"""Where messages wait for the next page (Flask: flash): the cookie, then the session.

Promises: as Django's FallbackStorage; but what is damaged in the session is no message, where the
stock storage ends in an error on every page.
"""

from typing import Any

from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage as StockSessionStorage


class SessionStorage(StockSessionStorage):
    def deserialize_messages(self, data: Any) -> list[Message]:
        try:
            found = super().deserialize_messages(data)
        except (ValueError, TypeError, LookupError, RecursionError):
            return []
        return [each for each in found if is_sound(each)] if isinstance(found, list) else []


def is_sound(message: Any) -> bool:
    texts = (str, type(None))
    return (
        isinstance(message, Message)
        and isinstance(message.message, str)
        and isinstance(message.extra_tags, texts)
    )


class MessageStorage(FallbackStorage):
    storage_classes = (CookieStorage, SessionStorage)
