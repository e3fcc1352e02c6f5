"""Would verifying the shortlist at image level improve the ranking?

``python -m benchmarks.plates.verification`` registers every validation section to its first
candidates (affine, mutual information, itk-elastix) and ranks them anew by the mutual information
reached.
"""

import argparse
import time

import numpy as np

from benchmarks.report.report import Report, run
from benchmarks.report.table import Table, absent
from benchmarks.shared import elastix
from benchmarks.shared.mouse_sections import ATLAS, SELECTED_ON, validation_sections
from benchmarks.shared.plate_methods import MOUSE
from benchmarks.shared.ranked_plates import TOP, Answers, identified, plate_score
from brainseek.catalog.atlases.registry import load_atlas

COLUMNS = (
    "ranking", "n", "rank-MAE [95 %]", *(f"TOP-{n} [95 %]" for n in TOP),
    "plate error·100 µm [95 %]", "added s per section",
)  # fmt: skip


def measure(options: argparse.Namespace) -> Report:
    """Score the ranking with and without the verification."""
    claim = "Verification of the shortlist by affine registration, against none."
    title = f"21 validation sections, expert labels; first {options.candidates} plates verified"
    if not elastix.is_installed():
        row = absent("verified", elastix.INSTALL, COLUMNS)
        return Report(claim, (Table(title, COLUMNS, (row,)),))
    data, atlas = validation_sections(), load_atlas(ATLAS)
    answers = identified(data.sections, ATLAS, MOUSE)
    elastix.warm_up()
    order, seconds = answers.order.copy(), []
    for i, section in enumerate(data.sections):
        start = time.perf_counter()
        fixed = elastix.square(section.image)
        shortlist = order[i, : options.candidates]
        reached = [
            elastix.register(fixed, elastix.square(atlas.plate_image(int(plate))))
            for plate in shortlist
        ]
        order[i, : options.candidates] = shortlist[np.argsort(-np.array(reached), kind="stable")]
        seconds.append(time.perf_counter() - start)
    verified = Answers(order, answers.position_um)
    rows = (
        ("embedding alone", *plate_score(answers, data.plates).cells(), "0"),
        (
            "verified by mutual information",
            *plate_score(verified, data.plates).cells(),
            f"{np.median(seconds):.1f}",
        ),
    )
    notes = (SELECTED_ON, "Seconds: median over the sections, this machine.")
    return Report(claim, (Table(title, COLUMNS, rows, notes),))


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=5, help="plates verified per section")
    run("plates.verification", parser, measure)


if __name__ == "__main__":
    main()
