"""Where messages wait for the next page (Flask: flash): the cookie, then the session.

Promises: as Django's FallbackStorage; but what is damaged in the session is no message, where the
stock storage ends in an error on every page. Each message that is taken is told by the signal
message_flashed.
"""

from typing import Any

from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage as StockSessionStorage

from core.signals import message_flashed


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

    _queued_messages: list[Message]

    def add(self, level: int, message: Any, extra_tags: str | None = "") -> None:
        before = len(self._queued_messages)
        super().add(level, message, extra_tags)
        if len(self._queued_messages) == before:
            return  # empty, or below the level that is kept
        category = self._queued_messages[-1].level_tag
        message_flashed.send(
            type(self), request=self.request, message=message, category=category, level=level
        )
