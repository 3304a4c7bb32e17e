"""Which SQL is vouched for."""

import pytest

from core.invalidation.sql_classifier import text_of
from core.mysql_pool.statements import traits

HARMLESS = [
    "SELECT 1",
    "select 1;",
    "\n  (SELECT 1) UNION (SELECT 2)",
    "SELECT @@sql_mode",
    "INSERT INTO `t` (`a`) VALUES (%s)",
    "REPLACE INTO t VALUES (%s)",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "VALUES (1)",
    "SHOW TABLES",
    "EXPLAIN SELECT 1",
    "DESCRIBE t",
    "SAVEPOINT `s1`",
    "RELEASE SAVEPOINT `s1`",
    "ROLLBACK TO SAVEPOINT `s1`",
    "SELECT LAST_INSERT_ID()",
]
TRACES = [
    "",
    "SET @x = 1",
    "SELECT @x := 1",
    "SELECT 1 INTO @x",
    "SELECT get_lock('a', 0)",
    "SELECT `GET_LOCK`('a', 0)",
    "SELECT RELEASE_LOCK('a')",
    "SELECT RELEASE_ALL_LOCKS()",
    "UPDATE t SET a = LAST_INSERT_ID(a + 1)",
    "SELECT last_insert_id /* ! */ (5)",
    "SELECT 1; SET sql_mode = ''",
    "SELECT 1 /*!, @x := 1 */",
    "SELECT 1 /*M! , SLEEP(0) */",
    "/* a */ SET @x = 1",
    "LOCK TABLES t READ",
    "CREATE TEMPORARY TABLE t (a INT)",
    "USE mysql",
    "SET sql_mode = ''",
    "PREPARE p FROM 'SELECT 1'",
    "START TRANSACTION",
    "BEGIN",
    "LOAD DATA INFILE 'x' INTO TABLE t",
    "CALL p()",
    "HANDLER t OPEN",
    "XA START 'a'",
    "ROLLBACK",
    "SELECTED",
]


@pytest.mark.parametrize("sql", HARMLESS)
def test_harmless_statement_is_recognised(sql):
    assert traits(sql).is_harmless


@pytest.mark.parametrize("sql", TRACES)
def test_other_statement_is_not_harmless(sql):
    assert not traits(sql).is_harmless


@pytest.mark.parametrize("sql", ["SELECT LAST_INSERT_ID\n()", "SELECT 'it''s'", "SET @a = '\\'"])
def test_statement_in_bytes_is_judged_as_its_text(sql):
    assert traits(text_of(sql.encode())) == traits(text_of(bytearray(sql.encode()))) == traits(sql)
