"""Who imports whom in this checkout, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGED = (
    "catalog", "embedder", "index", "registration", "segmentation", "synthesis", "trainers", "ui",
)  # fmt: skip
ROOMS = (*PACKAGED, "benchmarks")

FRONT_DOOR = "brainseek"


class Import(NamedTuple):
    """One module names another: in a statement, or in a string that is imported later."""

    source: str
    target: str
    line: int


@cache
def modules() -> dict[str, Path]:
    """Files of all rooms by module name without ``brainseek.``, e.g. ``catalog.core.errors``.

    A package is named ``room.folder.__init__``, the front door ``brainseek``.
    """
    found = {FRONT_DOOR: ROOT / "brainseek" / "__init__.py"}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            found[".".join(path.relative_to(ROOT).with_suffix("").parts)] = path
    return found


def home(name: str) -> str | None:
    """Return the module that an imported dotted name means; None where it is not ours."""
    name = name.removeprefix("brainseek.")
    if name == FRONT_DOOR:
        return FRONT_DOOR
    while name:
        for candidate in (name, f"{name}.__init__"):
            if candidate in modules():
                return candidate
        name = name.rpartition(".")[0]
    return None


@cache
def imports() -> tuple[Import, ...]:
    """Every import of one of our modules by another one, wherever in the file it stands."""
    return tuple(_imports())


def _imports() -> Iterator[Import]:
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in _named(node):
                target = home(name)
                if target not in (None, module):
                    yield Import(module, str(target), getattr(node, "lineno", 0))


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if _ours(alias.name)]
    if isinstance(node, ast.ImportFrom) and node.module and _ours(node.module):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    if not text.startswith("brainseek.") or text.count(".") < 2:
        return []
    if text.endswith("."):  # the rest of the name is added later: all files of the folder
        folder = text.removeprefix("brainseek.")
        return [name for name in modules() if name.startswith(folder) and "__init__" not in name]
    return [text.partition(":")[0]]


def _ours(name: str) -> bool:
    return name.split(".")[0] in ("brainseek", "benchmarks")


def circles(edges: set[tuple[str, str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other, sorted."""
    follows: dict[str, set[str]] = {}
    for source, target in edges:
        follows.setdefault(source, set()).add(target)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for node in follows.get(waiting.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    waiting.append(node)
        return seen

    reach = {node: reached(node) for node in follows}
    groups = {
        tuple(sorted(other for other in reach[node] if node in reach.get(other, ())))
        for node in follows
        if node in reach[node]
    }
    return [list(group) for group in sorted(groups)]
