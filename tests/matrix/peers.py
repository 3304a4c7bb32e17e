"""Django's own tests, out of its source distribution: on our engines, and on its own beside them.

The database tests run on a copy of the pool, as docs/take-the-pool.md tells its readers to make.

A failure that occurs with Django's own engine too is not counted as ours. Each test that may fail
with ours alone is listed here with its reason, and must leave the list when it passes.
"""

import re
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.processes import ROOT
from tests.matrix.pythons import versions
from tests.matrix.work import FOLDER, FailedError, run, succeed
from tests.own_project import copy_part

PART = FOLDER / "part"
SUITES = [
    "backends",
    "transactions",
    "transaction_hooks",
    "queries",
    "expressions",
    "bulk_create",
    "delete",
    "select_for_update",
    "get_or_create",
]
STOCK = {"MATRIX_ENGINE": "django.db.backends.mysql"}
OURS = {
    release: {"MATRIX_ENGINE": "core.mysql_pool", "MATRIX_RELEASE": release}
    for release in ("request", "transaction")
}
HEALTH = "backends.base.test_base.ConnectionHealthChecksTests"
NOT_KEPT = "no connection outlives its request: the pool keeps it, and does the health checks"
EVERYWHERE = {
    "backends.mysql.tests.IsolationLevelTests.test_auto_is_null_auto_config": (
        "a session is set up once for its life, beneath Django's record of queries"
    ),
    f"{HEALTH}.test_health_checks_enabled": NOT_KEPT,
    f"{HEALTH}.test_set_autocommit_health_checks_enabled": NOT_KEPT,
}
DIFFERENT = {  # test: why it fails with ours alone, by design
    "request": EVERYWHERE
    | {
        f"{HEALTH}.test_health_checks_disabled": NOT_KEPT,
        f"{HEALTH}.test_health_checks_enabled_errors_occurred": NOT_KEPT,
    },
    "transaction": EVERYWHERE
    | {
        "backends.tests.BackendTestCase.test_cursor_contextmanager": (
            "a closed cursor has no connection any more: InterfaceError, not ProgrammingError"
        ),
        "backends.tests.BackendTestCase.test_is_usable_after_database_disconnects": (
            "after the query there is no connection that could be lost"
        ),
    },
}


def session_tests(python: Path, servers: Mapping[str, str], name: str) -> str:
    """On a copy of core/sessions and what it needs, alone in a folder. Raises FailedError unless
    all of them pass."""
    with TemporaryDirectory() as folder:
        copy_part("core.sessions", Path(folder))
        for module in ("session_suite", "session_settings"):
            shutil.copy(ROOT / "tests" / "matrix" / f"{module}.py", folder)
        words = ["-m", "django", "test", "--settings", "session_settings", "--noinput"]
        alone = ["env", "-C", folder, f"PYTHONPATH={folder}:{source(python) / 'tests'}"]
        ran, failed = suite([*alone, python, *words, "session_suite"], python, servers, name)
    if failed:
        raise FailedError(f"{ran} run, {len(failed)} failed: {', '.join(sorted(failed))}")
    return f"{ran} run, none failed"


def database_tests(python: Path, servers: Mapping[str, str], name: str) -> str:
    """Raises FailedError when a test fails with ours alone that is not known to."""
    copy_pool()
    runtests = [source(python) / "tests" / "runtests.py", "--settings=peer_settings"]
    command = [python, *runtests, "--parallel=1", "--noinput", *SUITES]
    ran, stock = suite(command, python, {**servers, **STOCK}, f"{name}-stock", PART)
    words, wrong = [f"{ran} run, stock {len(stock)} failed"], []
    for release, engine in OURS.items():
        _, failed = suite(command, python, {**servers, **engine}, f"{name}-{release}", PART)
        known = set(DIFFERENT[release])
        wrong += [f"{each} fails ({release})" for each in sorted(failed - stock - known)]
        wrong += [f"{each} passes now ({release})" for each in sorted(known - failed)]
        words.append(f"DB_POOL_RELEASE={release} {len(failed)} (by design {len(failed & known)})")
    if wrong:
        raise FailedError(", ".join([*words, *wrong]))
    return ", ".join(words)


def copy_pool() -> None:
    """Makes PART anew: the pool, what it imports, and the settings, without the site's rest."""
    shutil.rmtree(PART, ignore_errors=True)
    copy_part("core.mysql_pool", PART)
    shutil.copy(Path(__file__).with_name("peer_settings.py"), PART)


def suite(
    command: list[object],
    python: Path,
    environment: Mapping[str, str],
    log: str,
    place: Path = ROOT,
) -> tuple[int, set[str]]:
    """How many tests ran, and which of them failed, with the modules of `place`."""
    path = {"PYTHONPATH": f"{place}:{source(python) / 'tests'}"}
    whole = [python, "-m", "tests.services", *command]
    code, output = run(whole, log, {**environment, **path})
    ran = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    failed = set(re.findall(r"^(?:FAIL|ERROR|UNEXPECTED SUCCESS): \w+ \((.+?)\)", output, re.M))
    if not ran or bool(code) != bool(failed):
        raise FailedError(f"the tests did not come to their end: {log}")
    return int(ran[1]), failed


def source(python: Path) -> Path:
    """The unpacked source distribution of that Python's Django."""
    django = versions(python)[1].split()[1]
    folder = FOLDER / f"django-{django}"
    if not folder.exists():
        fetch(python, django)
    return folder


def fetch(python: Path, django: str) -> None:
    part = FOLDER / "source.part"
    pip = [python, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
    succeed([*pip, "--no-binary", ":all:", "--dest", part, f"django=={django}"], "source")
    with tarfile.open(part / f"django-{django}.tar.gz") as archive:
        archive.extractall(part, filter="data")
    (part / f"django-{django}").rename(FOLDER / f"django-{django}")
    shutil.rmtree(part)
