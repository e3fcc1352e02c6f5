"""What pages name in their text exists: modules, functions, files, commands, options."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import brainseek
from brainseek.ui.cli import main
from tests.docs.blocks import PAGES, ROOT

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
OF_OTHERS = {"--record", "--gallery"}
"""Options of benchmarks and of the release of encoders."""


def spans(page: Path) -> list[str]:
    """Return the code within the text of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def commands(group: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Return a command and all below it with their full names."""
    yield name, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for sub in group.list_commands(context):
            command = group.get_command(context, sub)
            assert command is not None
            yield from commands(command, f"{name} {sub}")


COMMANDS = dict(commands(main, "brainseek"))
OPTIONS = {
    option
    for command in COMMANDS.values()
    for parameter in command.get_params(click.Context(command))
    for option in (*parameter.opts, *parameter.secondary_opts)
}


def exists(dotted: str) -> bool:
    """Whether a dotted name below ``brainseek`` can be imported, or is an attribute of that."""
    parts = dotted.split(".")
    found = import_module(parts[0])
    for number, part in enumerate(parts[1:], start=2):
        if not hasattr(found, part):
            try:
                import_module(".".join(parts[:number]))
            except ModuleNotFoundError:
                return False
        found = getattr(found, part)
    return True


@each_page
def test_dotted_names_can_be_imported(page: Path) -> None:
    named = {
        found.group() for span in spans(page) for found in re.finditer(r"\bbrainseek(\.\w+)+", span)
    }
    assert [name for name in sorted(named) if not exists(name)] == []
    rooms = "|".join(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())
    assert [
        s for s in spans(page) if re.match(rf"(?!brainseek|benchmarks)(?:{rooms})\.[a-z]", s)
    ] == []


@each_page
def test_files_and_folders_of_the_house_are_there(page: Path) -> None:
    top = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir()))
    named = {
        found.group()
        for span in spans(page)
        for found in re.finditer(rf"^(?:{top})/[\w./-]*$", span.split(":")[0])
    }
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@each_page
def test_commands_and_options_are_there(page: Path) -> None:
    wrong = []
    for span in spans(page):
        words = span.split()
        if words[0] == "brainseek" and len(words) > 1:
            depth = 3 if f"brainseek {words[1]}" in GROUPS and len(words) > 2 else 2
            name = " ".join(words[:depth])
            if re.fullmatch(r"brainseek [a-z][a-z -]+", name) and name not in COMMANDS:
                wrong.append(name)
        if words[0] in ("pip", "python", "ray", "torchrun", "mris_convert"):
            continue
        options = {word.split("=")[0] for word in words if re.match(r"--[a-z]", word)}
        wrong += sorted(options - OPTIONS - OF_OTHERS)
    assert wrong == []


GROUPS = {name for name, command in COMMANDS.items() if isinstance(command, click.Group)}


def test_every_command_is_taught() -> None:
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    leaves = [name for name in COMMANDS if name not in GROUPS]
    untaught = [name for name in leaves if name not in text]
    assert untaught == []


def test_the_table_of_public_names_is_the_front_door() -> None:
    table = (ROOT / "docs" / "python.md").read_text("utf-8").partition("## All public names")[2]
    named = re.findall(r"`(\w+)`", table.partition("| | |")[2])
    assert sorted(named) == sorted(brainseek.__all__)


def test_the_doors_of_the_readme_are_commands() -> None:
    (door,) = re.findall(
        r"^\| command line: (.*?) \|", (ROOT / "README.md").read_text("utf-8"), re.M
    )
    names = re.findall(r"`([^`]+)`", door)
    assert len(names) > 5
    assert {f"brainseek {name}" for name in names} <= set(COMMANDS)


def test_what_is_not_there_is_found() -> None:
    assert exists("brainseek.catalog.sections.section.read_section")
    assert exists("brainseek.Collection.search")
    assert not exists("brainseek.catalog.nothing")
    assert not exists("brainseek.Collection.nothing")
    assert "brainseek index add" in COMMANDS
    assert {"--atlas", "-k"} <= OPTIONS
