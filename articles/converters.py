class UnicodeSlugConverter:
    """A slug that may be Chinese: anything but a slash."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class YearConverter:
    """A year that a date can have."""

    regex = "[1-9][0-9]{3}"

    def to_python(self, value: str) -> int:
        if value == "9999":  # its end lies beyond the calendar
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
