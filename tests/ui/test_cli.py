"""The command line: commands by name, and one name for one option."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner, Result

from brainseek.ui.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_atlas_list_names_every_atlas() -> None:
    from brainseek.catalog.atlases.registry import atlas_names

    result = run("atlas", "list")
    assert result.exit_code == 0
    for name in atlas_names():
        assert name in result.stdout


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from brainseek.ui.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0;"
        "heavy = {'numpy', 'torch', 'lancedb', 'streamlit', 'PIL', 'rich', 'pandas'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_unknown_command_exits_2() -> None:
    assert run("identfy").exit_code == 2


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by what is typed."""
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", one) for sub, one in command.commands.items())
        else:
            yield name, command


def test_an_option_means_one_thing_over_all_commands() -> None:
    kinds: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    words: dict[str | None, set[str]] = defaultdict(set)
    for _, command in commands():
        for option in command.params:
            if isinstance(option, click.Option):
                name = option.opts[0]
                kinds[name].add((option.name, option.is_flag, option.nargs, option.multiple))
                words[option.name].add(name)
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}
    assert {name: found for name, found in words.items() if len(found) > 1} == {}
    assert len(kinds) > 60


def test_every_command_teaches_with_an_example() -> None:
    for name, command in commands():
        group = name.split()[0] in ("data", "atlas", "encoder", "index")
        assert group or f"brainseek {name}" in str(command.help), name
        assert all(isinstance(p, click.Argument) or p.help for p in command.params), name
