"""Forks and test databases, each in a process of its own, with our engine and the stock one."""

import os
import subprocess
import sys

import pytest

from deploy.private_servers import mariadb, short_folder
from deploy.processes import ROOT

OURS, STOCK = "core.mysql_pool", "dj_db_conn_pool.backends.mysql"
VARIABLES = {"DJANGO_SETTINGS_MODULE": "core.settings", "DJANGO_LOG_LEVEL": "WARNING"}
FORKS_ON_PURPOSE = ["-W", "ignore:This process:DeprecationWarning"]  # Python 3.12 says: threads
HEAD = """
import os, sys
import django
from django.conf import settings
database = settings.DATABASES["default"]
database |= {{"ENGINE": {engine!r}, "NAME": "inkpool_script"}}
database["TEST"] |= {{"MIGRATE": False}}
if {engine!r} != "core.mysql_pool":
    database["POOL_OPTIONS"] = {{}}
settings.DATABASES["other"] = database | {{"OPTIONS": dict(database["OPTIONS"]), "TEST": {{}}}}
django.setup()
from django.db import connection, connections

def ask(sql, connection=connection):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
"""


@pytest.fixture
def script(server):
    """What a script prints on an engine; its database is not that of the tests."""
    server("CREATE DATABASE IF NOT EXISTS inkpool_script")

    def run(engine: str, code: str, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, *FORKS_ON_PURPOSE, "-c", HEAD.format(engine=engine) + code],
            cwd=ROOT,
            env=os.environ | VARIABLES | variables,
            capture_output=True,
            text=True,
        )
        return (done.stdout + done.stderr[-3000:]).strip()

    yield run
    server("DROP DATABASE inkpool_script")


CHILD_EXITS = """
first = ask("SELECT CONNECTION_ID()")
if {returned}:
    connection.close()
child = os.fork()
if child:
    os.waitpid(child, 0)
    print("alive" if ask("SELECT CONNECTION_ID()") == first else "another one")
"""


@pytest.mark.parametrize("returned", [True, False], ids=["idle", "in use"])
def test_exit_of_a_child_keeps_the_parents_connection_open(script, returned):
    assert script(OURS, CHILD_EXITS.format(returned=returned)) == "alive"


def test_stock_package_loses_the_parents_connection(script):
    assert script(STOCK, CHILD_EXITS.format(returned=False)) != "alive"


FORKS_UNDER_LOAD = """
import gc, threading
end, ready = threading.Event(), threading.Barrier(5)
def work():
    mine = connections["default"]
    ask("SELECT 1", mine)
    ready.wait()
    while not end.is_set():
        ask("SELECT SLEEP(0.001)", mine)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
ready.wait()
codes = []
for _ in range(10):
    child = os.fork()
    if not child:
        gc.collect()
        os._exit(ask("SELECT 7"))
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
end.set()
for thread in threads:
    thread.join()
print(set(codes))
"""


def test_children_forked_under_load_have_no_error(script):
    assert script(OURS, FORKS_UNDER_LOAD) == "{7}"


CHILDREN_QUERY = """
ask("SELECT 1")  # opened before the fork, as under gunicorn --preload
children = [os.fork()]
if children[0]:
    children.append(os.fork())
me = os.getpid()
wrong = sum(ask(f"SELECT {me}") != me for _ in range(300))
if all(children):
    codes = [os.waitpid(child, 0)[1] for child in children]
    print("wrong rows and exit codes:", wrong, codes)
else:
    sys.exit(wrong > 0)
"""


def test_parent_and_children_never_see_each_others_rows(script):
    assert script(OURS, CHILDREN_QUERY) == "wrong rows and exit codes: 0 [0, 0]"


FORK_IN_TRANSACTION = """
from django.db import transaction
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS forked (a INT)")
with transaction.atomic():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO forked VALUES (1)")
    child = os.fork()
    if not child:
        try:
            ask("SELECT 1")
        except django.db.ProgrammingError:
            os._exit(7)
    code = os.waitpid(child, 0)[1] >> 8
connection.close()
print(code, ask("SELECT COUNT(*) FROM forked"))
"""


def test_transaction_stays_the_parents(script):
    assert script(OURS, FORK_IN_TRANSACTION) == "7 1"


EARLY_QUERY = """
ask("SELECT 1")  # as an AppConfig.ready() may do
connection.creation.create_test_db(verbosity=0, serialize=False)
names = [ask("SELECT DATABASE()")]
connection.cursor().execute("CREATE DATABASE test_inkpool_script_1")  # as a clone
connection.creation.setup_worker_connection(1)
names.append(ask("SELECT DATABASE()"))
print(*names)
"""


@pytest.fixture
def test_databases_dropped(server):
    yield
    for name in ("test_inkpool_script", "test_inkpool_script_1"):
        server(f"DROP DATABASE IF EXISTS {name}")


def test_tests_run_on_test_databases_also_in_parallel(script, test_databases_dropped):
    wanted = "test_inkpool_script test_inkpool_script_1"
    assert script(OURS, EARLY_QUERY) == wanted


def test_stock_package_runs_tests_on_the_real_database(script, test_databases_dropped):
    assert script(STOCK, EARLY_QUERY).startswith("inkpool_script")


TWO_SERVERS = """
other = connections["other"]
other.settings_dict["OPTIONS"]["unix_socket"] = os.environ["OTHER"]
other.settings_dict["TEST"] |= {"MIGRATE": False, "NAME": "test_on_other"}
connection.creation.create_test_db(verbosity=0, serialize=False)
other.creation.create_test_db(verbosity=0, serialize=False)
print(ask("SELECT @@socket", other), ask("SELECT DATABASE()", other))
"""


@pytest.fixture
def other_server(database):
    with short_folder() as folder, mariadb(folder / "other.sock"):
        yield str(folder / "other.sock")


def test_each_server_has_its_own_test_database(script, other_server, test_databases_dropped):
    assert script(OURS, TWO_SERVERS, OTHER=other_server) == f"{other_server} test_on_other"


def test_stock_package_makes_the_second_on_the_first_server(
    script, server, other_server, test_databases_dropped
):
    assert "test_on_other" in script(STOCK, TWO_SERVERS, OTHER=other_server)
    assert server("SHOW DATABASES LIKE 'test_on_other'")
    server("DROP DATABASE test_on_other")
