"""Imports go down, never in a circle; folders stay small; ``ui`` does no science."""

import ast
import re
from collections import Counter

import pytest

from tests.house.imports import PACKAGED, ROOT, circles, imports, modules

MAY_IMPORT = {
    "catalog": set(),
    "embedder": {"catalog"},
    "index": {"catalog", "embedder"},
    "registration": {"catalog", "embedder", "index"},
    "segmentation": {"catalog", "embedder", "index", "registration"},
    "synthesis": {"catalog", "embedder", "index", "registration"},
    "trainers": {"catalog", "embedder"},
    "ui": {*PACKAGED},
    "benchmarks": {*PACKAGED},
    "brainseek": {*PACKAGED},
}
FULL = 14
"""A folder with more Python files than this is too full to find anything in."""

SCIENCE = ("scipy", "nibabel", "lance", "faiss", "torch", "sqlglot", "skimage", "SimpleITK")
OPENS_OR_CUTS = (
    "catalog.volumes", "catalog.pairs.patches",
    "catalog.cortex.patches", "index.table",
)  # fmt: skip


SQL = re.compile(r"\b(IS (NOT )?NULL|SELECT |IN \(| = '$)")


def room(module: str) -> str:
    return module.split(".")[0]


def test_imports_go_down() -> None:
    upward = [
        f"{found.source}:{found.line} imports {found.target}"
        for found in imports()
        if room(found.target) not in {room(found.source), *MAY_IMPORT[room(found.source)]}
    ]
    assert not upward


def test_no_room_knows_the_front_door_or_a_whole_package() -> None:
    """Inside the house everything is imported from the file that defines it."""
    found = [
        f"{found.source}:{found.line} imports {found.target}"
        for found in imports()
        if found.target.endswith("__init__")
    ]
    assert not found


def folders() -> list[str]:
    """All folders that hold modules, "" for the house itself."""
    parts = [name.split(".") for name in modules()]
    return sorted({".".join(p[:depth]) for p in parts for depth in range(len(p))})


@pytest.mark.parametrize("folder", folders())
def test_the_contents_of_a_folder_do_not_import_in_a_circle(folder: str) -> None:
    """Files and subfolders are the nodes; a subfolder stands for all that is inside it."""
    prefix = f"{folder}." if folder else ""
    edges = set()
    for found in imports():
        if found.source.startswith(prefix) and found.target.startswith(prefix):
            source = found.source[len(prefix) :].split(".")[0]
            target = found.target[len(prefix) :].split(".")[0]
            if source != target:
                edges.add((source, target))
    assert circles(edges) == []


def test_no_folder_is_too_full() -> None:
    files = Counter(str(path.parent.relative_to(ROOT)) for path in modules().values())
    assert {folder: n for folder, n in files.items() if n > FULL} == {}


def test_ui_opens_no_volume_and_cuts_no_patch() -> None:
    wrong = [
        f"{found.source}:{found.line} imports {found.target}"
        for found in imports()
        if room(found.source) == "ui" and found.target.startswith(OPENS_OR_CUTS)
    ]
    assert not wrong


def test_ui_computes_nothing_and_writes_no_sql() -> None:
    wrong = []
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))) if room(name) == "ui" else ():
            match node:
                case ast.Import():
                    packages = [alias.name for alias in node.names]
                case ast.ImportFrom(module=str(package)):
                    packages = [package]
                case ast.Constant(value=str(text)) if SQL.search(text):
                    packages = []
                    wrong.append(f"{name}:{node.lineno} writes SQL: {text!r}")
                case _:
                    packages = []
            science = [package for package in packages if package.split(".")[0] in SCIENCE]
            wrong += [f"{name}:{node.lineno} imports {package}" for package in science]
    assert not wrong


def test_circles_are_found() -> None:
    assert circles({("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")}) == [["a", "b", "c"]]
    assert circles({("a", "b"), ("a", "c"), ("c", "b")}) == []
