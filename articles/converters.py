class UnicodeSlugConverter:
    """A slug or name in any script: up to 600 characters without a slash."""

    regex = "[^/]{1,600}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class YearConverter:
    """A year that lies within the calendar in every time zone."""

    regex = "[0-9]{4}"

    def to_python(self, value: str) -> int:
        if value in {"0000", "0001", "9999"}:
            raise ValueError
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04}"


class MonthConverter:
    """01 to 12."""

    regex = "0[1-9]|1[0-2]"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:02}"
