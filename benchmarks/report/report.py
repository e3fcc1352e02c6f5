"""What a benchmark says, and the command line that all benchmarks share."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report.record import RESULTS, machine_line, write_section
from benchmarks.report.table import Table
from brainseek.catalog.core.errors import BrainseekError, exit_on_error


@dataclass(frozen=True)
class Report:
    """A claim with its tables.

    Attributes
    ----------
    claim : str
        The one thing that is measured.
    tables : tuple of Table
        The numbers and the baselines of the same run.
    """

    claim: str
    tables: tuple[Table, ...]

    def markdown(self) -> str:
        """Claim, machine and tables as Markdown."""
        tables = "\n".join(table.markdown() for table in self.tables)
        return f"{self.claim}\n\nMachine: {machine_line()}.\n\n{tables}"


Measure = Callable[[argparse.Namespace], Report]


def run(
    name: str,
    parser: argparse.ArgumentParser,
    measure: Measure,
    words: Sequence[str] | None = None,
    results: Path = RESULTS,
) -> None:
    """Measure, print, and record with ``--record``; a `BrainseekError` exits with 2.

    Parameters
    ----------
    name : str
        Name of the benchmark and of its section in ``RESULTS.md``.
    parser : ArgumentParser
        Knows the benchmark's own options.
    measure : callable
        Turns the parsed options into a `Report`.
    words : sequence of str, optional
        The command line; by default that of this process.
    results : Path
        Where ``--record`` puts what is printed.
    """
    parser.add_argument(
        "--record", action="store_true", help="put what is printed into benchmarks/RESULTS.md"
    )
    arguments = parser.parse_args(words)
    with exit_on_error():
        text = measure(arguments).markdown()
    print(text)
    if arguments.record:
        write_section(name, text, results)


def add_tables(parser: argparse.ArgumentParser, known: Sequence[str]) -> None:
    """Give a benchmark of several tables the option ``--tables``; by default all of them."""
    parser.add_argument(
        "--tables",
        default=",".join(known),
        metavar="NAME,…",
        help="which tables; default: all, %(default)s",
    )


def chosen_tables(text: str, known: Sequence[str]) -> list[str]:
    """Read ``retrieval,bars`` in the order of ``known``.

    Raises
    ------
    BrainseekError
        If a table is unknown.
    """
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known:
            raise BrainseekError(
                f"the table '{name}' is unknown; choose from {', '.join(known)}, e.g. --tables "
                f"{','.join(known[:2])}."
            )
    return [name for name in known if name in names]
