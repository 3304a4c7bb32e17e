"""`make stack`: runs the site as in production, on a private MariaDB and Redis, to try it.

GRANIAN_WORKERS, GRANIAN_BLOCKING_THREADS and the site's own variables mean what they mean in
production, but for those that name a database, a Redis, a RUN_DIR or the secret key: they are left
out, so that nothing of another site is touched.
"""

import http.client
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.ports import LOOPBACK, free_port
from deploy.private_servers import OTHERS, Services, services
from deploy.processes import begin, stop, wait_until

STAFF = "demo_staff"
MANAGE = [sys.executable, "manage.py"]
JOBS = [*MANAGE, "run_jobs"]
GRANIAN = [sys.executable, "-m", "granian", "core.wsgi:application", "--interface", "wsgi"]
GRANIAN += ["--no-ws", "--respawn-failed-workers", "--log-level", "error"]
DEFAULTS = {"GRANIAN_WORKERS": "2", "GRANIAN_BLOCKING_THREADS": "8", "DB_POOL_MAX_CONNECTIONS": "6"}


def main(wanted_port: int) -> int:
    line = sizes({**DEFAULTS, **os.environ})  # a wrong value is refused before anything starts
    tell("Starting a private MariaDB and a private Redis; their data goes when this ends.")
    with services() as servers:
        environment = environment_of(servers)
        for command in (
            ["migrate", "-v0", "--skip-checks"],
            ["collectstatic", "--noinput", "-v0"],
            ["seed_demo"],
            ["create_user", STAFF, "--superuser", "--noinput"],
        ):
            subprocess.run([*MANAGE, *command], env=environment, check=True)
        tell(f"{STAFF} is one of the staff: signed in as such, try /docs/try/ and /admin/.")
        port = free_port(wanted_port)
        tell(line)
        tell(f"Commands in another terminal: {beside(environment)} python manage.py pool_status")
        return serve(port, environment)


def tell(line: str) -> None:
    print(line, flush=True)  # before what the commands print


def environment_of(servers: Services) -> dict[str, str]:
    return {**DEFAULTS, **servers.in_place_of_others(os.environ), **production()}


def production() -> dict[str, str]:
    return {
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(60),
        "DJANGO_DEBUG": "false",
        "DJANGO_HTTPS": "false",  # plain HTTP, on the loopback only
        "DJANGO_ALLOWED_HOSTS": f"localhost,{LOOPBACK}",
    }


def beside(environment: dict[str, str]) -> str:
    """Return the variables that a command needs to work on these servers, and, as options of
    `env`, those of this terminal that it must not have."""
    names = ("DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "MEDIA_STORAGE")
    others = [f"-u {name}" for name in OTHERS if name in os.environ]
    given = [f"{name}={shlex.quote(environment[name])}" for name in names]
    return " ".join([*(["env", *others] if others else []), *given])


def sizes(environment: dict[str, str]) -> str:
    workers, threads, pool = (whole(name, environment[name]) for name in DEFAULTS)
    return (
        f"granian: {workers} workers x {threads} threads, a pool of {pool} each: "
        f"at most {workers * pool} connections to MariaDB"
    )


def whole(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise SystemExit(f"{name}: {value!r} is not allowed; give a whole number from 1.")
    return int(value)


def serve(port: int, environment: dict[str, str]) -> int:
    """Run granian, and the jobs beside it, until granian ends."""
    server = [*GRANIAN, "--host", LOOPBACK, "--port", str(port)]
    with own_session_of(server, environment) as process, own_session_of(JOBS, environment):
        wait_until(lambda: ask(port), OSError, process)
        tell(f"Inkpool: http://{LOOPBACK}:{port}/ (Ctrl-C ends it)")
        return process.wait()


@contextmanager
def own_session_of(
    command: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a session of its own, so that it gets a Ctrl-C once, as our SIGTERM."""
    process = begin(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        stop(process)


def ask(port: int) -> None:
    """Wait for an answer, not only a connection: granian binds before its workers start."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    finally:
        connection.close()


if __name__ == "__main__":
    try:
        sys.exit(main(int(sys.argv[1])))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        tell("Stopped; nothing is left running.")
