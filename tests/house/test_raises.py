"""A test that waits for a `BrainseekError` says which one: by the words of its message."""

import ast

import pytest

from tests.house.imports import ROOT

WORDLESS = (None, "", ".", ".*", ".+")


def wordless(source: str) -> list[int]:
    """Return the lines of a test file that take any `BrainseekError` for the right one."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("raises"):
            continue
        named = {one.value: one.arg for one in node.keywords}
        awaited = [*node.args[:1], *(value for value, arg in named.items() if arg != "match")]
        if not any("BrainseekError" in ast.unparse(one) for one in awaited):
            continue
        said = [ast.unparse(value) for value, arg in named.items() if arg == "match"]
        if not said or said[0].lstrip("rf").strip("'\"") in WORDLESS:
            found.append(node.lineno)
    return found


def test_awaited_errors_are_named() -> None:
    files = sorted((ROOT / "tests").rglob("*.py"))
    lines = {str(path.relative_to(ROOT)): wordless(path.read_text("utf-8")) for path in files}
    assert len(files) > 100
    assert {path: found for path, found in lines.items() if found} == {}


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("pytest.raises(BrainseekError)", [1]),
        ("raises(errors.BrainseekError)", [1]),
        ("pytest.raises((ValueError, BrainseekError), match='')", [1]),
        ("pytest.raises(expected_exception=BrainseekError, match=r'.*')", [1]),
        ("pytest.raises(BrainseekError, match='no such plate')", []),
        ("pytest.raises(BrainseekError, match=sentence)", []),
        ("pytest.raises(ValueError)", []),
    ],
)
def test_the_check_finds_what_is_not_named(call: str, found: list[int]) -> None:
    assert wordless(f"with {call}:\n    pass\n") == found
