class UnicodeSlugConverter:
    """A slug that may be Chinese: anything but a slash."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
