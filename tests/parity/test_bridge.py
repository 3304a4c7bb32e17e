"""A Flask application and this site behind one nginx: who is signed in on one is on both."""

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from django.conf import settings

from deploy.ports import LOOPBACK, bound_port
from deploy.private_servers import short_folder, with_connection
from deploy.processes import running, wait_until
from tests.browser.site import chromium
from tests.http.test_nginx import AROUND
from tests.page import Page
from tests.parity.conftest import FLASK, mariadb
from tests.site import GRANIAN, PASSWORD, Site

pytestmark = pytest.mark.parity
SUBJECT = "passwords"
PAGE = (settings.BASE_DIR / "docs" / "two-applications.md").read_text(encoding="utf-8")
NAMES = {"alice_shops": "7", "bob_shops": "8"}
CROSSINGS = 10
PATIENCE = 60.0  # seconds; a sign-in computes a hash of Argon2 on a machine that may be busy
NGINX = "/usr/sbin/nginx"


class Both(NamedTuple):
    origin: str
    site: Site
    kind: str


def extension() -> str:
    return re.findall(r"^```python flask\n(.*?)^```$", PAGE, re.M | re.S)[0]


def locations(site: Path, shop: Path) -> str:
    """The sample of the page, with the sockets of this test."""
    (found,) = re.findall(r"^```text\n(location / .*?)^```$", PAGE, re.M | re.S)
    for address, socket in (("127.0.0.1:8000", site), ("127.0.0.1:5000", shop)):
        assert found.count(address) == 1
        found = found.replace(address, f"unix:{socket}:")
    return found


def make_users(flask: Any) -> str:
    """A database of the Flask application with two users; its URL."""
    socket = Path(mariadb()["unix_socket"])
    hashed = flask("made", password=PASSWORD, method="pbkdf2:sha256:1000")
    rows = [f"SELECT {id} id, '{name}' username, '{hashed}' password" for name, id in NAMES.items()]
    for statement in (
        "DROP DATABASE IF EXISTS flask_shop",
        "CREATE DATABASE flask_shop",
        f"CREATE TABLE flask_shop.user {' UNION ALL '.join(rows)}",
    ):
        with_connection(socket, statement)
    return f"mysql://root@localhost/flask_shop?unix_socket={socket}"


@pytest.fixture(scope="module", params=["redis", "cookie"])
def both(request: Any, flask: Any, static_files: None) -> Iterator[Both]:
    url, kind = make_users(flask), request.param
    redis = re.sub(r"db=\d+", "db=9", os.environ["REDIS_URL"])
    port = bound_port(0)
    with short_folder() as folder, ExitStack() as stack:
        shop_socket = folder / "shop.sock"
        (folder / "inkpool_bridge.py").write_text(extension())
        database = mariadb() | {"database": "flask_shop", "user": "root"}
        shop = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "REDIS_URL": redis,
            "SHOP_SESSIONS": kind, "PARITY_MARIADB": json.dumps(database),
        }  # fmt: skip
        command = [FLASK, "-W", "ignore::DeprecationWarning", "-m", *GRANIAN, shop_socket]
        command[command.index("core.wsgi:application")] = "tests.parity.flask_shop:app"
        stack.enter_context(running(command, folder / "shop.log", shop))
        site = Site(
            folder,
            {
                "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", "REDIS_URL": redis,
                "DJANGO_ALLOWED_HOSTS": LOOPBACK, "DJANGO_TRUSTED_PROXIES": "unix",
                "FLASK_BRIDGE": kind, "FLASK_BRIDGE_SECRET_KEY": "flask-secret",
                "FLASK_BRIDGE_USER_MAP": "source=flask_shop",
            },
        )  # fmt: skip
        stack.enter_context(site.served("granian"))
        done = site.manage(
            "import_users", "--database", "SHOP_URL", "--map", "id=id", SHOP_URL=url
        )  # fmt: skip
        assert done.stdout.startswith("2 rows: 2 new"), done.stderr
        config = folder / "nginx.conf"
        server = f"server {{ listen {LOOPBACK}:{port}; proxy_set_header Host $http_host;"
        server += f"\n{locations(site.socket, shop_socket)} }}"
        config.write_text(AROUND.format(folder=folder, servers=server))
        nginx = running([NGINX, "-e", "stderr", "-c", config], folder / "nginx.log")
        process = stack.enter_context(nginx)
        origin = f"http://{LOOPBACK}:{port}"
        wait_until(lambda: answer_of(origin), httpx.HTTPError, process, folder / "nginx.log")
        yield Both(origin, site, kind)


def answer_of(origin: str) -> None:
    for path in ("/livez", "/shop/login"):
        httpx.get(f"{origin}{path}").raise_for_status()


class Visitor(httpx.Client):
    def __init__(self, both: Both) -> None:
        headers = {"Accept": "text/html", "Accept-Language": "en"}
        super().__init__(base_url=both.origin, headers=headers, timeout=PATIENCE)

    def sign_in_there(self, name: str) -> None:
        answer = self.post("/shop/login", data={"name": name, "pwd": PASSWORD})
        assert answer.status_code == 302

    def sign_in_here(self, name: str) -> None:
        form = self.form("/login")
        answer = self.post("/login", data={**form, "name": name, "pwd": PASSWORD})
        assert answer.status_code == 302, Page(answer.text).text

    def sign_out_here(self) -> None:
        assert self.post("/logout", data=self.form("/about/")).status_code == 302

    def form(self, path: str) -> dict[str, str]:
        field = Page(self.get(path).text).form_with("csrfmiddlewaretoken")["csrfmiddlewaretoken"]
        return {"csrfmiddlewaretoken": field["value"]}

    def there(self) -> str:
        return re.findall('id="user">(.*?)<', self.get("/shop/").text)[0]

    def here(self) -> str:
        answer = self.get("/account/profile/")
        names = {name for name in NAMES if name in answer.text}
        return " ".join(names) if answer.status_code == 200 else ""


def crossings(visitor: Visitor) -> list[str]:
    """The names that each side showed."""
    return [side() for _ in range(CROSSINGS) for side in (visitor.there, visitor.here)]


@pytest.mark.parametrize("side", ["sign_in_there", "sign_in_here"])
def test_two_users_at_once_cross_without_mix_up_or_loss(both: Both, side: str) -> None:
    with ExitStack() as stack:
        visitors = [stack.enter_context(Visitor(both)) for _ in NAMES]
        for name, visitor in zip(NAMES, visitors, strict=True):
            getattr(visitor, side)(name)
        pool = stack.enter_context(ThreadPoolExecutor(len(NAMES)))
        found = dict(zip(NAMES, pool.map(crossings, visitors), strict=True))
    assert found == {name: [name] * 2 * CROSSINGS for name in NAMES}


def test_signing_out_on_either_side_ends_both(both: Both) -> None:
    for sign_in in (Visitor.sign_in_there, Visitor.sign_in_here):
        with Visitor(both) as visitor:
            sign_in(visitor, "alice_shops")
            assert (visitor.here(), visitor.there()) == ("alice_shops", "alice_shops")
            visitor.sign_out_here()
            assert (visitor.here(), visitor.there()) == ("", "")
            sign_in(visitor, "alice_shops")
            visitor.post("/shop/logout")
            assert (visitor.here(), visitor.there()) == ("", "")


def test_later_sign_in_of_another_user_counts_on_both(both: Both) -> None:
    with Visitor(both) as visitor:
        visitor.sign_in_there("alice_shops")
        visitor.sign_in_here("bob_shops")
        assert (visitor.here(), visitor.there()) == ("bob_shops", "bob_shops")
        visitor.sign_in_there("alice_shops")
        assert (visitor.here(), visitor.there()) == ("alice_shops", "alice_shops")


def test_planted_cookie_of_flask_does_not_become_signed_in(both: Both) -> None:
    with Visitor(both) as attacker, Visitor(both) as victim:
        attacker.there()
        victim.cookies.update(attacker.cookies)
        victim.sign_in_here("alice_shops")
        assert (victim.here(), victim.there()) == ("alice_shops", "alice_shops")
        assert (attacker.here(), attacker.there()) == ("", "")


@pytest.mark.parametrize("cookie", ["x" * 43, "x" * 5000, "../cache:x", "", "a.b.c.d", "{id}x"])
def test_forged_cookie_of_this_site_is_anonymous_there(both: Both, cookie: str) -> None:
    with Visitor(both) as visitor:
        visitor.sign_in_here("alice_shops")
        own = visitor.cookies["sessionid"]
        forged = cookie.replace("{id}", own.partition(".")[0])
        answer = httpx.get(
            f"{both.origin}/shop/", headers={"Cookie": f"sessionid={forged}"}, timeout=PATIENCE
        )
        assert 'id="user"></p>' in answer.text


def test_deactivated_account_is_nobody_here_at_once(both: Both) -> None:
    def set_active(active: bool) -> None:
        both.site.shell(
            "from accounts.models import User; User.objects.filter(username='bob_shops')"
            f".update(is_active={active}, session_epoch=0)"
        )

    with Visitor(both) as visitor, Visitor(both) as other:
        visitor.sign_in_there("bob_shops")
        other.sign_in_here("bob_shops")
        set_active(False)
        assert (visitor.here(), other.here(), other.there()) == ("", "", "")
        set_active(True)


def test_browser_crosses_in_both_directions(both: Both) -> None:
    with chromium() as browser:
        tabs = {name: browser.new_context(locale="en").new_page() for name in NAMES}
        for name, tab in tabs.items():
            first, submit = ("/shop/login", "Sign in") if name == "bob_shops" else ("/login", None)
            tab.goto(f"{both.origin}{first}")
            tab.fill("[name=name]", name)
            tab.fill("[name=pwd]", PASSWORD)
            tab.click(f"button:has-text('{submit}')" if submit else "main button[type=submit]")
        seen = {name: [] for name in NAMES}
        for _ in range(CROSSINGS):
            for name, tab in tabs.items():
                tab.goto(f"{both.origin}/shop/")
                seen[name].append(tab.text_content("#user"))
                tab.goto(f"{both.origin}/account/profile/")
                seen[name] += [other for other in NAMES if other in tab.content()]
    assert seen == {name: [name] * 2 * CROSSINGS for name in NAMES}
