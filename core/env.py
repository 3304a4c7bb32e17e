"""Typed readers of environment variables, for core.settings only (Flask: Config.from_prefixed_env).

Guarantees: a value that is not allowed raises ImproperlyConfigured with the name of its variable
and the values that are. A secret may also be in a file that NAME_FILE names, and is never shown.
"""

import re
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from environ import Env
from environ.compat import ImproperlyConfigured  # Django's own

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"kB": 1024, "MB": 1024**2, "GB": 1024**3}
FLAGS = {"true": True, "1": True, "yes": True, "on": True}
FLAGS |= {"false": False, "0": False, "no": False, "off": False}
SECRETS = {"DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "CACHE_URL"}
SECRETS |= {"SESSION_REDIS_URL", "METRICS_KEY", "DJANGO_USER_PASSWORD", "FLASK_BRIDGE_SECRET_KEY"}
SECRETS |= {"EMAIL_URL", "MEDIA_STORAGE"}
ENCODE = "percent-encode @ : / ? # % in user and password: %40 %3A %2F %3F %23 %25"
SYSTEM_ZONES = Path("/usr/share/zoneinfo")
COOKIE = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # the name of a cookie (RFC 6265)
ORIGIN = re.compile(r"https?://(\*\.)?([^\s/?#@*:\[\]]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")

LINK = re.compile(
    r"((?P<language>en|zh-hans):)?(?P<label>[^\s=:][^=\x00-\x1f]{0,99}?)(?<!:)\s*="
    r"\s*(?P<address>/(?![/\\])[^\s\x00-\x1f]*|https?://[^\s/][^\s\x00-\x1f]*)"
)

environment = Env()
read: dict[str, str] = {}  # the text of each variable that was read


def refusal(name: str, allowed: str) -> ImproperlyConfigured:
    """The error for a value that is not allowed; it shows the value unless it is a secret."""
    value = "its value" if name in SECRETS else repr(read[name])
    if not is_set(name):
        value = f"its default, {value},"
    return ImproperlyConfigured(f"{name}: {value} is not allowed; give {allowed}.")


def missing(name: str, need: str) -> ImproperlyConfigured:
    """The error for a variable without which the value of another one cannot be used."""
    return ImproperlyConfigured(f"{name} is not set; {need}.")


def is_set(name: str) -> bool:
    return bool({name, f"{name}_FILE"} & environment.ENVIRON.keys())


def in_file(name: str) -> bool:
    """Whether this secret is in a file, which may change while the process runs."""
    return name in SECRETS and f"{name}_FILE" in environment.ENVIRON


def text(name: str, default: str | None = None) -> str:
    """The variable's text; that of a secret may be in the file that NAME_FILE names.

    Raises ImproperlyConfigured if it is unset and has no default, and if it is empty but its
    default is not: an empty value is mostly a substitution that failed.
    """
    value = environment.ENVIRON.get(name)
    if in_file(name):
        value = _text_of_file(name)
    if value is None and default is None:
        raise ImproperlyConfigured(f"{name} is not set, and it has no default.")
    if value == "" and default != "":
        raise ImproperlyConfigured(f"{name} is empty; give a value or unset it.")
    read[name] = str(default) if value is None else value
    return read[name]


def _text_of_file(name: str) -> str:
    if name in environment.ENVIRON:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; keep one.")
    path = environment.ENVIRON[f"{name}_FILE"]
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {path!r}: {error}.") from None


def line(name: str, default: str, most: int) -> str:
    """A text of at most `most` characters in one line. Raises ImproperlyConfigured for another."""
    value = text(name, default).strip()
    if len(value) > most or not value.isprintable() or (default and not value):
        raise refusal(name, f"one line of 1 to {most} characters")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value not in FLAGS:
        raise refusal(name, "true or false (also yes/no, on/off, 1/0)")
    return FLAGS[value]


def whole(name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
    value = text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise refusal(name, f"a whole number from {least} to {most}")
    return int(value)


def seconds(name: str, default: str, most: str = "3650d", least: int = 1) -> int:
    """A duration of `least` seconds to `most`: `90`, `15m`, `12h`, `31d`."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text(name, default))
    span = int(found[1]) * SECONDS[found[2]] if found else -1
    if not least <= span <= int(most[:-1]) * SECONDS[most[-1]]:
        raise refusal(name, f"{least} s to {most}, in seconds or with a unit: 90, 15m, 12h, 31d")
    return span


def choice(name: str, default: str, *allowed: str) -> str:
    if text(name, default) not in allowed:
        raise refusal(name, " or ".join(allowed))
    return read[name]


def cookie(name: str, default: str, taken: set[str]) -> str:
    """The name of a cookie of another application, none of those that are `taken` here."""
    value = text(name, default)
    if not COOKIE.fullmatch(value) or value in taken:
        raise refusal(name, "the name of a cookie that this site does not use itself")
    return value


def pairs(name: str, **defaults: str) -> dict[str, str]:
    """Words of the form KEY=VALUE, separated by spaces, each key at most once; a key that is left
    out has its default."""
    given = text(name, "").split()
    found = dict(word.partition("=")[::2] for word in given)
    if found.keys() - defaults.keys() or "" in found.values() or len(found) < len(given):
        shape = " ".join(f"{key}={value or 'NAME'}" for key, value in defaults.items())
        raise refusal(name, f"words like {shape}")
    return defaults | found


def time_zone(name: str, default: str) -> str:
    """A name of the IANA time zone database of this machine."""
    value = text(name, default)
    if not _is_time_zone(value):
        known = available_timezones()
        if not known:
            raise refusal(name, "this machine a time zone database: pip install tzdata")
        allowed = [each for each in known if _is_time_zone(each)]
        near = get_close_matches(value, allowed, n=1, cutoff=0.8)
        examples = "UTC, Asia/Shanghai, Europe/Berlin or America/New_York"
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise refusal(name, f"an IANA time zone, for example {examples}{hint}")
    return value


def _is_time_zone(name: str) -> bool:
    """Whether Python and Django both find it; Django reads SYSTEM_ZONES if that exists."""
    if name.startswith(("posix/", "right/")) or name in ("localtime", "posixrules", "Factory"):
        return False  # files in the folder of the database that are no time zones
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # LookupError: a ZoneInfoNotFoundError
        return False
    return not SYSTEM_ZONES.exists() or (SYSTEM_ZONES / name).exists()


def words(name: str, separator: str = ",") -> list[str]:
    return [word.strip() for word in text(name, "").split(separator) if word.strip()]


class Link(NamedTuple):
    """`language` is empty for a link that each language shows."""

    label: str
    address: str
    language: str = ""


def links(name: str) -> list[Link]:
    """Links of the form `LABEL=ADDRESS; en:LABEL=ADDRESS`, to a path of this site or to http(s)."""
    found = [LINK.fullmatch(word) for word in words(name, ";")]
    if None in found:
        raise refusal(name, "LABEL=ADDRESS; en:LABEL=ADDRESS, with /path/ or https://… as address")
    return [Link(each["label"], each["address"], each["language"] or "") for each in found if each]


def networks(name: str) -> list[str]:
    """Addresses and networks; `unix` is the peer of a socket file."""
    for word in words(name):
        try:
            word == "unix" or ip_network(word)
        except ValueError:
            allowed = "addresses, networks or unix: 127.0.0.1,10.0.0.0/8,unix"
            raise refusal(name, allowed) from None
    return words(name)


def origins(name: str) -> list[str]:
    """Origins as a browser sends them; `*.` is any subdomain, as in Django."""
    for word in words(name):
        if not ORIGIN.fullmatch(word):
            allowed = (
                "scheme and host without a path: https://www.example.org,https://*.example.org"
            )
            raise refusal(name, allowed)
    return words(name)


def folder(name: str, default: Path) -> Path:
    """An absolute path: a relative one would differ between processes started in other folders."""
    path = Path(text(name, str(default)))
    if not path.is_absolute():
        raise refusal(name, f"an absolute path, such as /run/inkpool or {Path.cwd() / path}")
    return path


def size(name: str, default: str) -> int:
    """A number of bytes, at least 1 MB: `500 MB`, `2GB`."""
    found = re.fullmatch(r"([0-9]{1,6}) ?(kB|MB|GB)", text(name, default))
    number = int(found[1]) * BYTES[found[2]] if found else 0
    if number < BYTES["MB"]:
        raise refusal(name, "a size of at least 1 MB, such as 500 MB or 2 GB")
    return number


def url_folder(name: str) -> str:
    """The beginning of addresses, from `/` to `/`; empty if the variable is unset."""
    value = text(name, "")
    if value and not re.fullmatch(r"/([\w-]+/)+", value, re.ASCII):
        raise refusal(name, "a path that begins and ends with a slash, such as /protected-media/")
    return value


def file(name: str) -> str:
    """The absolute path of a file; "" if the variable is unset."""
    path = text(name, "")
    if path and not Path(path).is_absolute():
        raise refusal(name, f"an absolute path, such as {Path.cwd() / path}")
    return path


def pattern(name: str, default: str) -> str:
    try:
        return re.compile(text(name, default)).pattern
    except re.error as error:
        raise refusal(name, f"a regular expression ({error})") from None


def url(name: str, schemes: tuple[str, ...], default: str | None = None) -> str | None:
    """A URL of one of the schemes; the default (or None) when the variable is unset."""
    if not is_set(name):
        read[name] = default or ""
        return default
    value = text(name)
    try:
        parts = urlsplit(value)
        place = parts.path if parts.scheme == "unix" else parts.hostname
        ready = is_readable(value) and parts.port != 0 and bool(place)
    except ValueError:  # the port or the IPv6 address is not valid
        ready = False
    if not ready or parts.scheme not in schemes or is_misread(parts):
        urls = " or ".join(f"{word}://…" for word in schemes)
        raise refusal(name, f"a URL like {urls}; {ENCODE}")
    return value


def refuse_renamed(old: str, new: str) -> None:
    """Raises ImproperlyConfigured with the hint `new` if the variable `old` is set."""
    if is_set(old):
        raise ImproperlyConfigured(f"{old} is no variable of this site any more; {new}.")


def is_readable(url: str) -> bool:
    """Whether it can be decoded whole: `%FF` alone is not UTF-8, and urlsplit() drops tabs."""
    try:
        unquote(url, errors="strict")
    except UnicodeDecodeError:
        return False
    return url.isprintable()


def is_misread(parts: SplitResult) -> bool:
    """Whether a character of the password that is not percent-encoded has ended the host's name."""
    return bool(parts.fragment) or "@" in parts.path + parts.query


def refuse_unknown(prefix: str) -> None:
    """Raises ImproperlyConfigured for a variable with this prefix that is set but was not read."""
    files = {f"{secret}_FILE" for secret in SECRETS}
    for name in sorted(environment.ENVIRON.keys() - read.keys() - files):
        if name.startswith(prefix):
            near = get_close_matches(name, read, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise ImproperlyConfigured(f"{name} is not a variable of this site{hint}")
