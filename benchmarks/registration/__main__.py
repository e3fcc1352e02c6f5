"""Registration: regions carried between plates, planes of template cuts, a damaged series.

``python -m benchmarks.registration --tables transfer,parts``. Needs ``mouse-nissl-plates``,
``mouse-ccf`` and ``mouse-serial-nissl``, and the optional group ``registration``.
"""

import argparse
from collections.abc import Callable

from benchmarks.registration.parts import parts_table
from benchmarks.registration.planes import plane_table, real_plane_table
from benchmarks.registration.section_time import time_table
from benchmarks.registration.series import series_table
from benchmarks.registration.transfer_tables import held_out, transfer_tables
from benchmarks.registration.trust import trust_table
from benchmarks.report.report import Report, add_tables, chosen_tables, run
from benchmarks.report.table import Table

TABLES: dict[str, Callable[[argparse.Namespace], list[Table]]] = {
    "transfer": lambda asked: [
        *transfer_tables(asked.every, offset=1),
        *transfer_tables(asked.every, offset=None),
    ],
    "parts": lambda asked: [parts_table(held_out(asked.every), range(3))],
    "trust": lambda asked: [trust_table()],
    "planes": lambda asked: [plane_table(asked.planes), real_plane_table()],
    "series": lambda asked: [series_table(asked.seeds)],
    "time": lambda asked: [time_table()],
}


def measure(arguments: argparse.Namespace) -> Report:
    """Measure the tables that are asked for."""
    wanted = chosen_tables(arguments.tables, list(TABLES))
    tables = [table for name in wanted for table in TABLES[name](arguments)]
    claim = "Sections aligned, planes estimated, a series placed, and the time it takes."
    return Report(claim, tuple(tables))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registration", description=__doc__)
    add_tables(parser, list(TABLES))
    parser.add_argument("--every", type=int, default=6, help="every so manieth plate")
    parser.add_argument("--planes", type=int, default=18, help="template cuts")
    parser.add_argument("--seeds", type=int, default=3, help="damaged series with known order")
    run("registration", parser, measure)


if __name__ == "__main__":
    main()
