"""Who is signed in, without asking the database at each request."""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from core.invalidation.checked_memory import Memory

# last_login is left out: every sign-in writes it and no generation tells of it. As a deferred
# field it is read when somebody asks, and save() of such a user does not write it back.
FIELDS = [f.attname for f in User._meta.concrete_fields if f.attname != "last_login"]
rows: Memory[tuple[Any, ...] | None] = Memory(entries=10_000, name="users")


class RememberedUsers(ModelBackend):
    """Django's own; get_user() makes each request's user from a row this process remembers.

    The row holds until any user, group or permission is written, on any worker of the host.
    """

    def get_user(self, user_id: Any) -> User | None:
        row = rows.get(user_id, lambda: self.read(user_id))
        user = User.from_db("default", FIELDS, row) if row else None
        return user if user and self.user_can_authenticate(user) else None

    async def aget_user(self, user_id: Any) -> User | None:
        return await sync_to_async(self.get_user)(user_id)

    def read(self, user_id: Any) -> tuple[Any, ...] | None:
        return User.objects.filter(pk=user_id).values_list(*FIELDS).first()
