"""The admin's fields that search while one types, shown again with what could not be read."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple

LONGEST = 18  # digits of a key


def is_key(value: Any) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= LONGEST


class ByKey:
    """Looks only for keys: Django's own asks the database for whatever was sent, which is a 500."""

    def optgroups(self, name: str, value: list[Any], attrs: Any = None) -> Any:
        keys = [each for each in value if is_key(each)]
        return super().optgroups(name, keys, attrs)  # type: ignore[misc]


class KeySelect(ByKey, AutocompleteSelect):  # type: ignore[misc]
    pass


class KeySelectMultiple(ByKey, AutocompleteSelectMultiple):  # type: ignore[misc]
    pass
