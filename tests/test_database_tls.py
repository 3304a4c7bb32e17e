"""DATABASE_URL with client certificates, on a MariaDB that insists on them."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from deploy.ports import LOOPBACK, bound_port
from deploy.private_servers import mariadb, require_programs, short_folder, with_connection
from tests.certificates import Authority, Signed
from tests.site import Site

pytestmark = pytest.mark.http
PASSWORD = "p@ss:/?#%+"
CIPHER = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
    print(bool(cursor.fetchone()[1]), connection.settings_dict["ENGINE"])
"""


class Server:
    """MariaDB on a port, and who may come: those with a certificate of its authority."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, bound_port(0)
        self.authority = Authority(folder)
        self.client = self.authority.sign("client")
        self.stranger = Authority(folder, "another").sign("stranger")

    def options(self) -> list[str]:
        own = self.authority.sign("server")
        return [
            "--skip-networking=0",
            f"--bind-address={LOOPBACK}",
            f"--port={self.port}",
            f"--ssl-ca={self.authority.certificate}",
            f"--ssl-cert={own.certificate}",
            f"--ssl-key={own.key}",
        ]

    def asked(self, certificate: Signed | None) -> tuple[int, str]:
        """What a command prints that comes with this certificate."""
        url = f"mysql://inkpool:{quote(PASSWORD, safe='')}@{LOOPBACK}:{self.port}/inkpool"
        url += f"?connect_timeout=20&ssl_mode=VERIFY_IDENTITY&ssl_ca={self.authority.certificate}"
        if certificate:
            url += f"&ssl_cert={certificate.certificate}&ssl_key={certificate.key}"
        done = Site(self.folder, {"DATABASE_URL": url}).manage("shell", "-v0", "-c", CIPHER)
        return done.returncode, (done.stdout or done.stderr).strip()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    require_programs("mariadbd", "mariadb-install-db")
    with short_folder() as folder:
        server, socket = Server(folder), folder / "mariadb.sock"
        with mariadb(socket, *server.options()):
            account = f"inkpool@'{LOOPBACK}'"
            with_connection(socket, "CREATE DATABASE inkpool CHARACTER SET utf8mb4")
            with_connection(
                socket, f"CREATE USER {account} IDENTIFIED BY '{PASSWORD}' REQUIRE X509"
            )
            with_connection(socket, f"GRANT ALL ON inkpool.* TO {account}")
            yield server


def test_a_client_certificate_opens_an_encrypted_connection(server: Server):
    assert server.asked(server.client) == (0, "True core.mysql_pool")


@pytest.mark.parametrize("certificate", [None, "stranger"])
def test_no_other_certificate_does(server: Server, certificate: str | None):
    code, output = server.asked(server.stranger if certificate else None)
    assert code == 1
    assert "The database" in output
    assert PASSWORD not in output
