import pytest
from django.utils.translation import override

from accounts.models import LoginSession
from accounts.user_agents import browser_and_system
from tests.accounts.conftest import FIREFOX, PHONE

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"


@pytest.mark.parametrize(
    ("user_agent", "found"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (PHONE, ("Safari", "iPhone")),
        (WINDOWS, ("Chrome", "Windows")),
        (f"{WINDOWS} Edg/140.0.0.0", ("Edge", "Windows")),
        (f"{WINDOWS} OPR/120.0.0.0", ("Opera", "Windows")),
        (ANDROID, ("Chrome", "Android")),
        (f"{ANDROID} SamsungBrowser/28.0", ("Samsung Internet", "Android")),
        (f"{ANDROID} MicroMessenger/8.0.50", ("WeChat", "Android")),
        (f"{MAC} {WEBKIT} Version/18.5 Safari/605.1.15", ("Safari", "macOS")),
        (f"{PHONE} CriOS/140.0", ("Chrome", "iPhone")),
        (f"{MAC} {WEBKIT} Chrome/140.0.0.0 Safari/537.36", ("Chrome", "macOS")),
        ("Mozilla/5.0 (X11; CrOS x86_64 16181) Chrome/140.0", ("Chrome", "ChromeOS")),
        ("curl/8.14.1", ("curl", "")),
        ("python-httpx/0.28", ("Python", "")),
        ("", ("", "")),
        ("\0\udcff<script>" * 99, ("", "")),
        ("x" * 100_000 + "Firefox/1", ("", "")),
    ],
)
def test_a_device_has_a_name(user_agent, found):
    assert browser_and_system(user_agent) == found


@pytest.mark.parametrize(
    ("browser", "system", "english", "chinese"),
    [
        ("Firefox", "Windows", "Firefox on Windows", "Firefox（Windows）"),
        ("WeChat", "Android", "WeChat on Android", "微信（Android）"),
        ("curl", "", "curl", "curl"),
        ("", "iPad", "iPad", "iPad"),
        ("", "", "Unknown device", "未知设备"),
    ],
)
def test_its_name_is_in_the_readers_language(browser, system, english, chinese):
    row = LoginSession(browser=browser, system=system)
    assert row.device == english
    with override("zh-hans"):
        assert row.device == chinese
