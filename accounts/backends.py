"""The authentication backend: reads the user of a session without a query for each request."""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from core.invalidation.checked_memory import Memory

# Every sign-in writes last_login without a new generation, so it is deferred: it is read at its
# first use, and save() of such a user does not write it.
FIELDS = [f.attname for f in User._meta.concrete_fields if f.attname != "last_login"]
rows: Memory[tuple[Any, ...] | None] = Memory(entries=10_000, name="users")


class RememberedUsers(ModelBackend):
    """Django's backend, whose get_user() makes a new instance of a row in this process's memory.

    A row is valid until a worker of the host writes any user, group or permission.
    """

    def get_user(self, user_id: Any) -> User | None:
        row = rows.get(user_id, lambda: self.read_row(user_id))
        user = User.from_db("default", FIELDS, row) if row else None
        return user if user and self.user_can_authenticate(user) else None

    async def aget_user(self, user_id: Any) -> User | None:
        return await sync_to_async(self.get_user)(user_id)

    def read_row(self, user_id: Any) -> tuple[Any, ...] | None:
        return User.objects.filter(pk=user_id).values_list(*FIELDS).first()
