"""Each kind of SESSION_REDIS_URL, for an account with the documented rights."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django_redis.pool import ConnectionFactory
from redis import ConnectionError as Refused
from redis import Redis

from core.sessions import connection
from core.sessions.backend import SessionStoreUnavailable
from core.sessions.redis import SessionStore
from core.workers.per_process import per_process
from deploy.private_servers import program, short_folder
from deploy.processes import ROOT, running, wait_until

pytestmark = pytest.mark.django_db  # the receiver of session_ended uses it
PASSWORD = "p@ss/word"
DOCUMENTED = re.search(
    r"ACL SETUSER \w+ (on .+)", (ROOT / "docs" / "sessions-operation.md").read_text()
)
NEW_KEY = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
NEW_KEY += ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """The addresses of a Redis with an account of its own, without scheme and account."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    assert DOCUMENTED
    with short_folder() as folder, ExitStack() as stack:
        key, certificate, sock = folder / "key", folder / "certificate", folder / "redis.sock"
        subprocess.run(
            [*NEW_KEY, "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL
        )
        plain, tls = free_ports(2)
        rights = DOCUMENTED[1].replace("PASSWORD", PASSWORD).split()
        command = [program("redis-server"), "--save", "", "--dir", folder, "--unixsocket", sock]
        command += ["--port", plain, "--tls-port", tls, "--tls-auth-clients", "no"]
        command += ["--tls-key-file", key, "--tls-cert-file", certificate]
        command += ["--tls-ca-cert-file", certificate, "--user", "inkpool", *rights]
        process = stack.enter_context(running(command, folder / "log"))
        with Redis(unix_socket_path=str(sock)) as admin:
            wait_until(admin.ping, Refused, process, folder / "log")
        yield {
            "redis": f"localhost:{plain}",
            "rediss": f"localhost:{tls}",
            "unix": str(sock),
            "certificate": str(certificate),
        }


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("localhost", 0))
        return [probe.getsockname()[1] for probe in probes]


@pytest.fixture
def connect(monkeypatch):
    def connect(url):
        factory = ConnectionFactory({"SOCKET_TIMEOUT": 5})
        pool = factory.get_connection_pool(factory.make_connection_params(url))
        monkeypatch.setattr(connection, "pool", lambda: pool)
        monkeypatch.setattr(connection, "idle", per_process(list))
        return pool

    return connect


URLS = {
    "redis": "redis://inkpool:p%40ss%2Fword@{redis}/3",
    "rediss": "rediss://inkpool:p%40ss%2Fword@{rediss}/3?ssl_ca_certs={certificate}",
    "unix": "unix://inkpool:p%40ss%2Fword@{unix}?db=3",
}


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_session_works_with_each_url(server, connect, url):
    pool = connect(url.format(**server))
    first = SessionStore()
    first["user"] = "alice"
    first.save()
    second = SessionStore(first.session_key)
    second["basket"] = 1
    second.save()
    first["theme"] = "dark"
    first.cycle_key()
    first.save()
    assert dict(SessionStore(first.session_key).items()) == dict(first.items())
    assert list(first.backend.read_all([first.id_hash])) == [first.id_hash]
    first.set_expiry(60)
    first.save()
    with Redis(unix_socket_path=server["unix"], db=3) as admin:
        assert admin.exists(f"session:{first.id_hash}")
        admin.script_flush()
    assert pool._created_connections == 1
    first.flush()
    assert pool._created_connections == 1
    pool.disconnect()


@pytest.mark.parametrize("wrong", ["redis://inkpool:wrong@{redis}/3", "redis://x:y@{redis}/3"])
def test_refused_login_is_an_outage(server, connect, wrong):
    connect(wrong.format(**server))
    session = SessionStore()
    session["user"] = "alice"
    with pytest.raises(SessionStoreUnavailable, match=r"username-password|WRONGPASS"):
        session.save()


def test_command_forbidden_to_the_account_is_an_outage(server, connect, settings):
    pool = connect(URLS["redis"].format(**server))
    settings.INKPOOL_SESSION_KEY_PREFIX = "elsewhere:"
    session = SessionStore()
    session["user"] = "alice"
    with pytest.raises(SessionStoreUnavailable, match="permission"):
        session.save()
    pool.disconnect()
