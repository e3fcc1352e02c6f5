"""Does the warning tell right alignments from wrong ones? Fluorescence sections on Nissl plates.

The expert's plate and its neighbours are right; plates far away are wrong, whatever the alignment
makes of them.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.plates.reliability import roc_auc
from benchmarks.registration.transfer import nissl
from benchmarks.report.table import Row, Table
from benchmarks.shared.mouse_sections import validation_sections
from brainseek.registration.alignment.align import align
from brainseek.registration.alignment.target import target_from_plate

RIGHT, WRONG = (0, 1, -1), (12, -12, 25, -25)


@dataclass(frozen=True)
class Judged:
    """One alignment and what its quality says.

    Attributes
    ----------
    off : int
        Plates from the expert's.
    similarity, tissue_overlap : float
    trusted : bool
    """

    off: int
    similarity: float
    tissue_overlap: float
    trusted: bool


def judged_alignments() -> list[Judged]:
    """Align every validation section to right and wrong plates."""
    data, atlas = validation_sections(), nissl()
    first, last = atlas.plates[0].number, atlas.plates[-1].number
    judged = []
    for section, plate in zip(data.sections, data.plates.tolist(), strict=True):
        for off in (*RIGHT, *WRONG):
            if first <= plate + off <= last:
                found = align(section, target_from_plate(atlas, plate + off)).quality
                judged.append(Judged(off, found.similarity, found.tissue_overlap, found.trusted))
    return judged


def trust_table() -> Table:
    """Measure how well similarity, outlines and the warning part right from wrong."""
    judged = judged_alignments()
    right = [one for one in judged if one.off in RIGHT]
    wrong = [one for one in judged if one.off in WRONG]
    lines: list[Row] = []
    for name in ("similarity", "tissue_overlap"):
        good, bad = ([getattr(one, name) for one in some] for some in (right, wrong))
        lines.append(
            (
                name.replace("_", " "),
                f"{np.median(good):.2f} ({np.min(good):.2f} to {np.max(good):.2f})",
                f"{np.median(bad):.2f} ({np.min(bad):.2f} to {np.max(bad):.2f})",
                f"{roc_auc(np.array(good), np.array(bad)):.3f}",
            )
        )
    shares = [np.mean([one.trusted for one in some]) for some in (right, wrong)]
    lines.append(("trusted (no warning)", *(f"{share:.0%}" for share in shares), ""))
    notes = (
        "21 validation sections of fluorescence. The two thresholds of the warning were chosen on "
        "them and on ten training sections. Separation: probability that a right alignment has "
        "the larger value.",
    )
    columns = (
        "measure", f"expert's plate ± 1 (n = {len(right)})",
        f"12 or 25 plates away (n = {len(wrong)})", "separation",
    )  # fmt: skip
    return Table("Right and wrong alignments told apart", columns, tuple(lines), notes)
