"""Hashes as werkzeug.security makes them."""

from werkzeug.security import check_password_hash, generate_password_hash


def made(password: str, method: str | None = None) -> str:
    """The hash; without a method by werkzeug's default."""
    return generate_password_hash(password, method) if method else generate_password_hash(password)


def accepts(encoded: str, password: str) -> bool:
    return check_password_hash(encoded, password)
