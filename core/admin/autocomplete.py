"""The admin's autocomplete fields, which can show a form again that holds invalid keys."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple

MAX_DIGITS = 18  # of a key


def is_key(value: Any) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


class ValidKeys:
    """Queries valid keys only; Django's widget queries any value, which ends in a 500."""

    def optgroups(self, name: str, value: list[Any], attrs: Any = None) -> Any:
        keys = [each for each in value if is_key(each)]
        return super().optgroups(name, keys, attrs)  # type: ignore[misc]


class KeySelect(ValidKeys, AutocompleteSelect):  # type: ignore[misc]
    pass


class KeySelectMultiple(ValidKeys, AutocompleteSelectMultiple):  # type: ignore[misc]
    pass
