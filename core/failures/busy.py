"""The error of a process that is too busy for one more request: a 503 with Retry-After."""


class TooBusy(Exception):  # noqa: N818 - a state, which passes
    """A request waited for its turn as long as it may."""
