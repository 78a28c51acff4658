import pytest
from databricks_tools import InvalidNameError, Role, TableName, __version__, visible
from databricks_tools.cli import main


def test_a_name_is_read_and_printed_with_the_quotes_it_needs():
    assert str(TableName.parse("main.sales.orders")) == "main.sales.orders"
    assert str(TableName.parse("main.sales.q3-figures")) == "main.sales.`q3-figures`"
    assert TableName.parse("main.`my.schema`.`a``b`") == TableName("main", "my.schema", "a`b")
    assert str(TableName("main", "my.schema", "a`b")) == "main.`my.schema`.`a``b`"


@pytest.mark.parametrize("text", ["", "orders", "main.sales", "a.b.c.d", "a.b.c.", "a..c", "a.b.c d", "a.b.`c"])
def test_a_text_that_is_not_a_full_name_is_refused(text):
    with pytest.raises(InvalidNameError):
        TableName.parse(text)


def test_each_role_sees_what_it_may():
    names = [TableName.parse(text) for text in ("main.sales.orders", "main.hr.salaries", "samples.nyc.trips")]
    assert [str(name) for name in visible(names, Role.VIEWER)] == ["samples.nyc.trips"]
    assert [str(name) for name in visible(names, Role.ANALYST)] == ["main.sales.orders", "samples.nyc.trips"]
    assert visible(names, Role.ADMIN) == sorted(names)


def test_the_command_quotes_and_lists(capsys):
    assert main(["quote", "main.sales.q3-figures"]) == 0
    assert main(["list", "--role", "analyst", "main.sales.orders", "main.hr.salaries"]) == 0
    assert capsys.readouterr().out.splitlines() == ["main.sales.`q3-figures`", "main.sales.orders"]


def test_a_bad_name_is_an_error_that_says_which(capsys):
    assert main(["quote", "orders"]) == 2
    assert "orders" in capsys.readouterr().err


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"databricks-tools version {__version__}\n"
