"""Commands that README, docs and RESULTS.md name exist."""

import re
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from benchmarks.__main__ import BENCHMARKS
from brainseek.ui.cli import main

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "benchmarks" / "RESULTS.md", *sorted(ROOT.glob("docs/*.md"))]
MODULE = re.compile(r"python3? -m ((?:brainseek|benchmarks)[\w.]*)")
COMMAND = re.compile(r"(?:^\$ |`)brainseek ((?:[a-z][a-z-]* ?)+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_that_are_run_exist(page):
    for name in MODULE.findall(page.read_text(encoding="utf-8")):
        found = find_spec(name.rstrip("."))
        assert found is not None, name
        assert found.submodule_search_locations is None or find_spec(f"{name}.__main__"), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_subcommands_exist(page):
    for words in COMMAND.findall(page.read_text(encoding="utf-8")):
        command: click.Command = main
        for word in words.split():
            if not isinstance(command, click.Group):
                break  # an argument
            found = command.get_command(click.Context(command), word)
            assert found is not None, f"brainseek {words}"
            command = found


@pytest.mark.parametrize("name", BENCHMARKS)
def test_listed_benchmarks_can_be_run(name):
    found = find_spec(f"benchmarks.{name}")
    assert found is not None
    assert found.submodule_search_locations is None or find_spec(f"benchmarks.{name}.__main__")
