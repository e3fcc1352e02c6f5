"""A ``console`` block as a session: its commands in order, what they print, how they end."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from brainseek.ui.cli import main

_AS_BASH_READS_IT = """brainseek() {
    if ((BASH_SUBSHELL)); then python -m brainseek.ui.cli "$@"; else printf "%s\\0" "$@"; fi
}
"""


class Command(NamedTuple):
    """A command as printed, with its lines of continuation, and the output printed below it."""

    line: str
    output: list[str]


def commands(text: str) -> list[Command]:
    """Return the commands of a block; raises `ValueError` where it does not begin with one."""
    found: list[Command] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            while line.endswith("\\"):
                line += "\n" + next(lines)
            found.append(Command(line[2:], []))
        elif not found:
            raise ValueError(f"{line!r} stands before any command")
        else:
            found[-1].output.append(line)
    return found


def run(text: str) -> None:
    """Run a block in the working folder; ``brainseek`` runs within this process.

    The exit status must be 0, or 2 where the printed output holds a line ``Error: …``. Printed
    lines must occur in the output in their order, whatever the widths of its columns; ``…`` stands
    for anything.
    """
    for command in commands(text):
        status, output = _run_one(command.line)
        expected = 2 if any(line.startswith("Error:") for line in command.output) else 0
        assert status == expected, f"{command.line}\nended with {status}:\n{output}"
        rest = " ".join(output.split())
        for part in (part for line in command.output for part in line.split("…") if part.strip()):
            _, found, rest = rest.partition(" ".join(part.split()))
            assert found, f"{command.line}\ndid not print {part!r}:\n{output}"


def _run_one(line: str) -> tuple[int, str]:
    if line.startswith("brainseek "):
        read = _bash(_AS_BASH_READS_IT + line)
        done = CliRunner().invoke(main, read.stdout.split("\0")[:-1], prog_name="brainseek")
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output
    ended = _bash(line)
    return ended.returncode, ended.stdout + ended.stderr


def _bash(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line with this environment's programs and this checkout."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, env=environment, check=False
    )
