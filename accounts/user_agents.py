"""A browser's and a system's name from the User-Agent header, which is not kept itself.

The header is what a visitor likes to say: it names a device in a list and decides nothing.
"""

from django.utils.translation import gettext_noop

MOST = 400  # characters looked at

# The first sign found counts: who is built on another also carries the other's sign.
BROWSERS = {
    "MicroMessenger": gettext_noop("WeChat"),
    "QQBrowser": gettext_noop("QQ Browser"),
    "UCBrowser": gettext_noop("UC Browser"),
    "HuaweiBrowser": gettext_noop("Huawei Browser"),
    "MiuiBrowser": gettext_noop("Mi Browser"),
    "SamsungBrowser": gettext_noop("Samsung Internet"),
    "Edg": "Edge",
    "OPR/": "Opera",
    "YaBrowser": "Yandex Browser",
    "Vivaldi": "Vivaldi",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
    "Wget/": "Wget",
    "python": "Python",
}
SYSTEMS = {
    "HarmonyOS": "HarmonyOS",
    "OpenHarmony": "HarmonyOS",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "macOS",
    "FreeBSD": "FreeBSD",
    "Linux": "Linux",
}


def names(user_agent: str) -> tuple[str, str]:
    """The browser and the system; "" for one that is not known."""
    text = user_agent[:MOST]
    return first(BROWSERS, text), first(SYSTEMS, text)


def first(signs: dict[str, str], text: str) -> str:
    return next((name for sign, name in signs.items() if sign in text), "")
