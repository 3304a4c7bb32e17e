"""The generations of subjects, in the form in which core.caching keeps them with a result."""

from collections.abc import Collection
from math import inf

from core.invalidation import broadcast
from core.invalidation.checked_memory import AGE_WITHOUT_LINK
from core.invalidation.generations import generations
from core.subjects import names


class SubjectStamps:
    """See core.caching.caching_hooks.Subjects."""

    def names(self) -> Collection[str]:
        return names()

    def host(self) -> str:
        return f"{generations().host:x}"

    def stamp(self, subjects: Collection[str]) -> tuple[str, float] | None:
        """Raises KeyError for a subject of no installed model.

        Pending writes are asked for first: what is committed by then has its new generation.
        """
        if generations().is_being_written():
            return None
        now = generations().link, *generations().read(generations().mask(subjects))
        return f"{now}", inf if broadcast.is_up() else AGE_WITHOUT_LINK
