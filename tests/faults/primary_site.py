"""A site whose database address leads to one of two MariaDB servers with the same content."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.private_servers import short_folder
from tests.faults.pool_site import NAME, SITE_USER, PoolSite, Server
from tests.faults.tcp_switch import Switch, switched


@dataclass
class TwoServers:
    site: PoolSite
    switch: Switch
    former: Server
    new: Server

    def turn(self) -> None:
        """From now on new connections reach the other server."""
        self.switch.target = self.new.socket


@contextmanager
def site_with_two_servers(command: str, **variables: str) -> Iterator[TwoServers]:
    with short_folder() as folder, ExitStack() as stack:
        former, new = copied_servers(folder)
        for server in (former, new):
            server.start()
            stack.callback(server.stop)
        switch = stack.enter_context(switched(former.socket))
        url = f"mysql://{SITE_USER}@127.0.0.1:{switch.port}/{NAME}"
        site = PoolSite(folder, {"DATABASE_URL": url, "PAGE_CACHE": "off"} | variables)
        stack.enter_context(site.served(command))
        migrate_too(site, new)
        yield TwoServers(site, switch, former, new)


def copied_servers(folder: Path) -> tuple[Server, Server]:
    """Two that have the site's empty database, and an account that may not ignore read_only."""
    for name in ("a", "b"):
        (folder / name).mkdir()
    former, new = Server(folder / "a"), Server(folder / "b")
    former.start()
    try:
        former.make_database()
    finally:
        former.stop()
    shutil.copytree(folder / "a" / "mariadb", folder / "b" / "mariadb")
    return former, new


def migrate_too(site: PoolSite, server: Server) -> None:
    done = site.manage("migrate", "-v0", DATABASE_URL=server.url)
    assert done.returncode == 0, done.stderr
