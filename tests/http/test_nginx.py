"""The nginx of docs/proxy.md, word for word but for its addresses, in front of the real site."""

import re
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.ports import LOOPBACK, bound_port
from deploy.private_servers import short_folder
from deploy.processes import ROOT, running, wait_until
from tests.certificates import Authority, Signed
from tests.page import Page
from tests.site import Site

pytestmark = pytest.mark.http
PAGES = [ROOT / "docs" / "proxy.md", ROOT / "docs" / "zh-hans" / "proxy.md"]
PASS_HOST = "proxy_set_header Host $http_host;"
AROUND = """
daemon off; master_process off; error_log stderr; pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {servers}
}}
"""


def documented(page: Path) -> str:
    """The sample's `server { … }`."""
    (found,) = re.findall(r"^```text\n(server \{.*?^\})$", page.read_text(), re.M | re.S)
    return found


def with_pictures(server: str, folder: Path) -> str:
    """The sample with the location of docs/pictures.md, which sends the files of `folder`."""
    page = (ROOT / "docs" / "pictures.md").read_text()
    (found,) = re.findall(r"^```text\n(location /protected-media/ \{.*?^\})$", page, re.M | re.S)
    alias = "alias /srv/inkpool/media/;"
    assert alias in found
    return f"{server[:-1]}{found.replace(alias, f'alias {folder}/media/;')}}}"


def placed(server: str, port: int, socket: Path, signed: Signed) -> str:
    """The sample with this machine's addresses."""
    for there, here in {
        "listen 443 ssl": f"listen {LOOPBACK}:{port} ssl",
        "inkpool.example": LOOPBACK,
        "http://127.0.0.1:8000": f"http://unix:{socket}:",
        "/etc/inkpool/site.pem": str(signed.certificate),
        "/etc/inkpool/site.key": str(signed.key),
    }.items():
        assert there in server
        server = server.replace(there, here)
    return server


class Proxied:
    def __init__(self, site: Site, right: str, wrong: str, trust: ssl.SSLContext) -> None:
        self.site, self.right, self.wrong, self.trust = site, right, wrong, trust

    def browser(self, address: str) -> httpx.Client:
        headers = {"Accept": "text/html", "Accept-Language": "en", "Origin": address}
        return httpx.Client(base_url=address, verify=self.trust, headers=headers)

    def log(self) -> str:
        return (self.site.folder / "server.log").read_text()


@contextmanager
def proxied(folder: Path, **variables: str) -> Iterator[Proxied]:
    """A site behind nginx as documented, and behind one that loses the Host's port."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin"):
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    authority = Authority(folder)
    signed, ports = authority.sign("site"), [bound_port(0), bound_port(0)]
    sample = with_pictures(documented(PAGES[0]), folder)
    database = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", "DJANGO_HTTPS": "true"}
    hosts = {"DJANGO_ALLOWED_HOSTS": LOOPBACK, "MEDIA_ACCEL": "/protected-media/"}
    with Site(folder, {**database, **hosts, **variables}).served("granian") as site:
        servers = [placed(sample, ports[0], site.socket, signed)]
        assert PASS_HOST in sample
        losing = sample.replace(PASS_HOST, "proxy_set_header Host $host;")
        servers.append(placed(losing, ports[1], site.socket, signed))
        config = folder / "nginx.conf"
        config.write_text(AROUND.format(folder=folder, servers="\n".join(servers)))
        program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        with running([program, "-e", "stderr", "-c", config], folder / "nginx.log") as process:
            right, wrong = (f"https://{LOOPBACK}:{port}" for port in ports)
            trust = ssl.create_default_context(cafile=str(authority.certificate))
            found = Proxied(site, right, wrong, trust)
            with found.browser(right) as browser:
                answers = lambda: browser.get("/livez")  # noqa: E731
                wait_until(answers, httpx.ConnectError, process, folder / "nginx.log")
            yield found


@pytest.fixture(scope="module")
def behind_nginx(static_files: None) -> Iterator[Proxied]:
    with short_folder() as folder:
        trusted = {"DJANGO_TRUSTED_PROXIES": "unix", "DJANGO_PROXY_HEADERS": "forwarded"}
        with proxied(folder, **trusted) as found:
            yield found


def signed_in(behind: Proxied, address: str) -> httpx.Response:
    with behind.browser(address) as browser:
        token = Page(browser.get("/login").text).form_with("pwd")["csrfmiddlewaretoken"]["value"]
        form = {"csrfmiddlewaretoken": token, "name": "bob_reads", "pwd": "Reading&Writing2026$"}
        headers = {"Referer": f"{address}/login"}
        return browser.post("/login", data=form, headers=headers)


def test_both_languages_have_the_same_nginx():
    assert documented(PAGES[0]) == documented(PAGES[1])


def test_one_signs_in_through_the_documented_nginx_on_any_port(behind_nginx: Proxied):
    answer = signed_in(behind_nginx, behind_nginx.right)
    assert answer.status_code == 302, Page(answer.text).text
    assert "__Host-sessionid" in answer.cookies


def test_every_page_names_an_hour_of_https_and_no_subdomains(behind_nginx: Proxied):
    with behind_nginx.browser(behind_nginx.right) as browser:
        policies = {browser.get("/").headers["Strict-Transport-Security"] for _ in range(3)}
    assert policies == {"max-age=3600"}


MAKE_PICTURE = """
from io import BytesIO
from accounts.models import User
from articles.images.storing import store_image
from tests.articles.images.corpus import picture
alice = User.objects.get(username="alice_writes")
print(store_image(alice.pk, BytesIO(picture()), "x").address)
"""


def test_nginx_sends_pictures_with_the_headers_of_the_site(behind_nginx: Proxied):
    address = behind_nginx.site.shell(MAKE_PICTURE)
    name = address.removeprefix("/media/")
    with behind_nginx.browser(behind_nginx.right) as browser:
        answer, absent = browser.get(address), browser.get(address.replace("60x40", "1x1"))
        hidden = browser.get(f"/protected-media/{name[:2]}/{name}")
    assert answer.content.startswith(b"\xff\xd8\xff") and "etag" in answer.headers  # nginx's own
    expected = {
        "content-type": "image/jpeg",
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "strict-transport-security": "max-age=3600",
    }
    assert expected.items() <= dict(answer.headers).items()
    assert "x-accel-redirect" not in answer.headers and "set-cookie" not in answer.headers
    assert (absent.status_code, hidden.status_code) == (404, 404)


def test_a_proxy_that_loses_the_port_is_explained(behind_nginx: Proxied):
    answer = signed_in(behind_nginx, behind_nginx.wrong)
    assert answer.status_code == 403
    assert "The form comes from another address" in answer.text
    assert f"DJANGO_CSRF_TRUSTED_ORIGINS={behind_nginx.wrong};" in behind_nginx.log()


def test_a_proxy_that_is_not_trusted_is_logged_once(static_files: None):
    with short_folder() as folder, proxied(folder) as behind, behind.browser(behind.right) as one:
        answers = [one.get("/login") for _ in range(3)]
        assert {each.headers["Location"] for each in answers} == {f"{behind.right}/login"}
        assert behind.log().count("DJANGO_TRUSTED_PROXIES=unix") == 1
