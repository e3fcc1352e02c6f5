"""How long does a 1024-pixel section take, from its file to all outputs?"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.registration.transfer import nissl
from benchmarks.report.table import Row, Table
from benchmarks.shared import elastix
from benchmarks.shared.mouse_sections import validation_sections
from brainseek.registration.alignment.align import align
from brainseek.registration.alignment.target import target_from_plate
from brainseek.registration.run.register import register
from brainseek.registration.run.settings import RegisterSettings

RUNS = 5


def time_table() -> Table:
    """Measure everything, ours and elastix in turn."""
    lines: list[Row] = []
    for nonlinear in (True, False):
        what = "affine and B-spline" if nonlinear else "affine"
        for name, seconds in (
            ("alignment alone", align_seconds(nonlinear)),
            ("file to all outputs, process running", warm_seconds(nonlinear)),
            ("file to all outputs, process started for it", cold_seconds(nonlinear)),
        ):
            spread = f"{np.min(seconds):.2f} to {np.max(seconds):.2f}"
            typical = f"{np.median(seconds):.2f}"
            lines.append((f"{what}: {name}", str(len(seconds)), typical, spread))
            if name.endswith("running") and not nonlinear:
                ours = float(np.median(seconds))
    notes = ["Validation sections of 1,024 pixels; identification, all files and report included."]
    if elastix.is_installed():
        brute = brute_force_seconds()
        lines.append(("elastix affine over all plates (extrapolated)", "2", f"{brute:,.0f}", ""))
        notes.append(
            f"Elastix over all {elastix.N_PLATES} plates, without any output, takes "
            f"{brute / ours:,.0f} times as long as our affine from file to all outputs."
        )
    else:
        notes.append(f"itk-elastix is not installed here: `{elastix.INSTALL}`.")
    columns = ("what", "n", "median s", "spread s")
    return Table("Time of one section", columns, tuple(lines), tuple(notes))


def warm_seconds(nonlinear: bool) -> list[float]:
    """Seconds of each of `RUNS` sections in a process that has done one already."""
    paths = validation_sections().paths[:RUNS]
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        settings = RegisterSettings(nonlinear=nonlinear)
        register(paths[:1], Path(folder) / "first", settings)
        for number, path in enumerate(paths):
            start = time.perf_counter()
            register([path], Path(folder) / str(number), settings)
            seconds.append(time.perf_counter() - start)
    return seconds


def cold_seconds(nonlinear: bool) -> list[float]:
    """The same of the command line, from process start to end."""
    paths = validation_sections().paths[:RUNS]
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(paths):
            command = [sys.executable, "-m", "brainseek.ui.cli", "register", str(path)]
            command += ["--out", str(Path(folder) / str(number))]
            start = time.perf_counter()
            subprocess.run(
                command + ([] if nonlinear else ["--affine"]), check=True, capture_output=True
            )
            seconds.append(time.perf_counter() - start)
    return seconds


def align_seconds(nonlinear: bool) -> list[float]:
    """Seconds of the alignment alone, to the expert's plate."""
    data = validation_sections()
    seconds = []
    for section, plate in list(zip(data.sections, data.plates.tolist(), strict=True))[: RUNS + 1]:
        target = target_from_plate(nissl(), plate)
        seconds.append(align(section, target, nonlinear=nonlinear).seconds)
    return seconds[1:]


def brute_force_seconds() -> float:
    """Seconds of elastix for one of two sections over all plates, from every 12th plate."""
    elastix.warm_up()
    data = validation_sections()
    chosen = elastix.spread(data.plates, 2)
    trials = [elastix.trial(data.sections[i], int(data.plates[i])) for i in chosen]
    each = np.median(np.concatenate([trial.seconds for trial in trials]))
    return float(each * elastix.N_PLATES)
