import pytest

from benchmarks.report.table import Table, absent
from brainseek.catalog.core.errors import BrainseekError


def test_markdown_is_aligned_and_complete():
    table = Table("Scores", ("who", "n"), (("ours", "21"), ("a | b", "3")), ("Few sections.",))
    assert table.markdown().splitlines() == [
        "### Scores",
        "",
        "| who    | n  |",
        "|--------|----|",
        "| ours   | 21 |",
        "| a \\| b | 3  |",
        "",
        "- Few sections.",
    ]


def test_rows_must_fit():
    with pytest.raises(BrainseekError, match="3 cells"):
        Table("t", ("a", "b"), (("1", "2", "3"),))


def test_absent_rows_name_the_command():
    row = absent("seeds", "brainseek train plates", ("a", "b", "c", "d"))
    assert row == ("seeds", "not here: `brainseek train plates`", "", "")
