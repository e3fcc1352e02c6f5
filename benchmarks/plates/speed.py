"""How long from 12 image files to ranked plates, process start included, and once warm?

``python -m benchmarks.plates.speed`` runs the command line as a user does, times the front door
inside one process, measures affine registration beside it, and shows where the start-up time goes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report.report import Report, run
from benchmarks.report.table import Row, Table, absent
from benchmarks.shared import elastix
from benchmarks.shared.mouse_sections import ATLAS, validation_sections
from benchmarks.shared.plate_methods import MOUSE, command_for, is_calibrated, is_here
from benchmarks.shared.resources import Times
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT
from brainseek.registration.plates.identify import identify

CLAIM = "From mouse section files of 1024 pixels to ranked plates, wall time on this machine."
FILES, RUNS = 12, 5
BAR_START_S, BAR_WARM_MS = 6.0, 60.0
COLUMNS = ("what", "runs", "median", "fastest to slowest", "bar")
SHOWN_PACKAGES = 10


def measure(options: argparse.Namespace) -> Report:
    """Time command line, warm calls, registration and imports; see the module's text."""
    data = validation_sections()
    paths = [path for path in data.paths if path.parent.name == "val_1"][:FILES]
    if not (is_here(MOUSE) and is_calibrated(MOUSE)):
        row = absent(MOUSE, command_for(MOUSE, "plates"), COLUMNS)
        return Report(CLAIM, (Table("Wall time", COLUMNS, (row,)),))
    fresh, kept = command_times(paths, options.runs)
    one, batch = warm_times(paths, options.runs)
    rows: list[Row] = [
        (f"`brainseek identify`, {len(paths)} files, empty cache", *fresh.cells(), _bar(fresh)),
        (f"`brainseek identify`, {len(paths)} files, filled cache", *kept.cells(), _bar(kept)),
        ("warm, one file at a time, per section", *one.cells("ms"), _warm_bar(one)),
        (f"warm, {len(paths)} files at once, per section", *batch.cells("ms"), _warm_bar(batch)),
    ]
    notes = [
        "Empty cache: the project's own cache (BRAINSEEK_CACHE) is new for every run. The "
        "system's file cache and Python's compiled modules are there in all runs: one untimed "
        "run comes first.",
        "Warm times include reading the file; the process has answered once before.",
    ]
    rows.append(_registration_row(options.elastix_sections, one, notes))
    return Report(CLAIM, (Table("Wall time", COLUMNS, tuple(rows), tuple(notes)), _imports(paths)))


def command_times(paths: Sequence[Path], runs: int) -> tuple[Times, Times]:
    """Times of the command line with an empty and with a filled cache, taken in turns."""
    fresh, kept = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _identify(paths, folder / "kept")
        for number in range(runs):
            fresh.append(_identify(paths, folder / f"fresh-{number}"))
            kept.append(_identify(paths, folder / "kept"))
    return Times(tuple(fresh)), Times(tuple(kept))


def _identify(paths: Sequence[Path], cache: Path) -> float:
    """Seconds of one run of the command line."""
    start = time.perf_counter()
    _command(paths, cache, [])
    return time.perf_counter() - start


def _command(paths: Sequence[Path], cache: Path, options: Sequence[str]) -> str:
    """Run ``brainseek identify``; returns what Python wrote to its error stream.

    Raises
    ------
    BrainseekError
        If the command failed.
    """
    line = [sys.executable, *options, "-m", "brainseek.ui.cli", "identify", *map(str, paths)]
    line += ["--atlas", ATLAS, "--encoder", MOUSE, "--json", str(cache.with_suffix(".json"))]
    environment = {**os.environ, "BRAINSEEK_CACHE": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        line,
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BrainseekError(
            f"The command line ended with status {done.returncode} and can't be timed: "
            f"{done.stderr.strip()[-300:]}"
        )
    return done.stderr


def warm_times(paths: Sequence[Path], runs: int) -> tuple[Times, Times]:
    """Seconds per section inside one process: file by file, and all files in one call."""
    identify(list(paths), ATLAS, 5, MOUSE)
    single, together = [], []
    for _ in range(runs):
        for path in paths:
            start = time.perf_counter()
            identify(path, ATLAS, 5, MOUSE)
            single.append(time.perf_counter() - start)
        start = time.perf_counter()
        identify(list(paths), ATLAS, 5, MOUSE)
        together.append((time.perf_counter() - start) / len(paths))
    return Times(tuple(single)), Times(tuple(together))


def _bar(times: Times) -> str:
    said = "reached" if times.median <= BAR_START_S else "missed"
    return f"≤ {BAR_START_S:.0f} s: {said}"


def _warm_bar(times: Times) -> str:
    said = "reached" if times.median * 1000 <= BAR_WARM_MS else "missed"
    return f"≤ {BAR_WARM_MS:.0f} ms: {said}"


def _registration_row(count: int, ours: Times, notes: list[str]) -> Row:
    """Affine registration per plate, and how many times longer a section takes with it."""
    label = "affine MI (itk-elastix), one plate"
    if not elastix.is_installed():
        return absent(label, elastix.INSTALL, COLUMNS)
    data = validation_sections()
    elastix.warm_up()
    seconds = [
        float(value)
        for index in elastix.spread(data.plates, count)
        for value in elastix.trial(data.sections[index], int(data.plates[index]), 33).seconds
    ]
    times = Times(tuple(seconds))
    whole = times.median * elastix.N_PLATES
    notes.append(
        f"Ratio: registering one section to all {elastix.N_PLATES} plates takes {whole:.0f} s "
        f"(extrapolated from {len(seconds)} measured registrations), {whole / ours.median:,.0f} "
        "times as long as our warm answer for one file."
    )
    return (label, *times.cells(), "")


def import_seconds(log: str) -> dict[str, float]:
    """Seconds spent in the modules of every top-level package, most first.

    Parameters
    ----------
    log : str
        What ``python -X importtime`` wrote: lines ``import time: self us | cumulative | name``.
    """
    seconds: dict[str, float] = defaultdict(float)
    for line in log.splitlines():
        if not line.startswith("import time:"):
            continue
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            seconds[name.strip().split(".")[0]] += int(own) / 1e6
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _imports(paths: Sequence[Path]) -> Table:
    """Where the start-up time of the command line goes."""
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name) / "cache"
        _command(paths, cache, [])
        seconds = import_seconds(_command(paths, cache, ["-X", "importtime"]))
    total = sum(seconds.values())
    shown = list(seconds.items())[:SHOWN_PACKAGES]
    rows = [(package, f"{value:.2f}", _share(value, total)) for package, value in shown]
    rest = total - sum(value for _, value in shown)
    rows += [("all others", f"{rest:.2f}", _share(rest, total)), ("sum", f"{total:.2f}", "100 %")]
    return Table(
        "Imports of one run of the command line, by package",
        ("package", "s", "share"),
        tuple(rows),
        ("One run under `-X importtime`, which itself slows imports; read the shares.",),
    )


def _share(part: float, whole: float) -> str:
    return f"{100 * part / max(whole, 1e-9):.0f} %"


def main() -> None:
    """Command line of this benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument(
        "--elastix-sections",
        type=int,
        default=3,
        metavar="N",
        help="sections registered to 4 plates each for the ratio",
    )
    run("plates.speed", parser, measure)


if __name__ == "__main__":
    main()
