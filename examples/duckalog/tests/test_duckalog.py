import json
import sys

import duckalog
import pytest
from duckalog.cli import main

CATALOG = {
    "attachments": [{"alias": "crm", "path": "it's.duckdb"}, {"alias": "rw", "path": "b.duckdb", "read_only": False}],
    "views": [
        {"name": "orders", "source": "parquet", "uri": "data/*.parquet"},
        {"name": "customers", "table": "crm.main.customers"},
        {"name": "big", "sql": "SELECT * FROM orders WHERE total > 1000;\n"},
    ],
}
SQL = """\
ATTACH 'it''s.duckdb' AS "crm" (READ_ONLY);
ATTACH 'b.duckdb' AS "rw";
CREATE OR REPLACE VIEW "orders" AS SELECT * FROM read_parquet('data/*.parquet');
CREATE OR REPLACE VIEW "customers" AS SELECT * FROM "crm"."main"."customers";
CREATE OR REPLACE VIEW "big" AS SELECT * FROM orders WHERE total > 1000;
"""


@pytest.fixture
def catalog(tmp_path):
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(CATALOG), encoding="utf-8")
    return path


def test_a_catalog_becomes_sql(catalog, capsys):
    assert duckalog.build_sql(duckalog.load(catalog)) == SQL
    assert main(["sql", str(catalog)]) == 0
    assert capsys.readouterr().out == SQL


def test_a_good_file_passes_the_check(catalog, capsys):
    assert main(["check", str(catalog)]) == 0
    assert "3 views, no problem" in capsys.readouterr().out


def test_every_problem_is_told_at_once(tmp_path, capsys):
    path = tmp_path / "catalog.json"
    views = [
        {"name": "a b", "sql": "SELECT 1"},
        {"name": "x", "sql": "SELECT 1", "table": "t"},
        {"name": "x", "source": "xml", "uri": "x.xml"},
        {"nom": "y"},
        "z",
    ]
    path.write_text(json.dumps({"view": [], "views": views, "attachments": [{"path": "a"}]}), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 8
    assert "duckalog: unknown key 'view'" in told


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_file_that_is_not_there_or_no_object_is_an_error(tmp_path, content):
    path = tmp_path / "catalog.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(duckalog.CatalogError):
        duckalog.load(path)


def test_toml_is_read_where_python_can(tmp_path):
    path = tmp_path / "catalog.toml"
    path.write_text('[[views]]\nname = "one"\nsql = "SELECT 1"\n', encoding="utf-8")
    if sys.version_info >= (3, 11):
        assert duckalog.load(path).views == (duckalog.View("one", sql="SELECT 1"),)
    else:
        with pytest.raises(duckalog.CatalogError, match="JSON"):
            duckalog.load(path)


def test_the_version_is_that_of_the_installed_distribution(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"duckalog {duckalog.__version__}\n"
