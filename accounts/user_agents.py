"""The browser's and the system's name in a User-Agent header, and the device name made of them.

The client chooses that header, so the names are shown in a list and decide nothing. The header
itself is not stored.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

LONGEST = 400  # characters that are searched

# The first sign that is found decides: browsers built on another one carry its sign too.
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


def browser_and_system(user_agent: str) -> tuple[str, str]:
    """Both names, in English; "" for one that is not known."""
    text = user_agent[:LONGEST]
    return first_sign(BROWSERS, text), first_sign(SYSTEMS, text)


def first_sign(signs: dict[str, str], text: str) -> str:
    return next((name for sign, name in signs.items() if sign in text), "")


def device_name(browser: str, system: str) -> str:
    """The names in the reader's language: Firefox on Windows."""
    browser, system = browser and _(browser), system and _(system)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")
