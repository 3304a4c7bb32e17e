"""Stores messages for the next page in a cookie, then in the session (Flask: flash).

Django's FallbackStorage, with two changes: damaged messages in the session are dropped, where
Django answers 500 on every page; and each stored message sends the signal message_flashed.
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
        return [each for each in found if is_valid(each)] if isinstance(found, list) else []


def is_valid(message: Any) -> bool:
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
            return  # it is empty, or below MESSAGE_LEVEL
        category = self._queued_messages[-1].level_tag
        message_flashed.send(
            type(self), request=self.request, message=message, category=category, level=level
        )
