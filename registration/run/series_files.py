"""The files about all sections of a run."""

from collections.abc import Sequence
from pathlib import Path

from brainseek.catalog.atlases.registry import Atlas
from brainseek.catalog.core.whole_file import write_whole
from brainseek.registration.exports.quicknii import quicknii_json
from brainseek.registration.results.report import report_html
from brainseek.registration.results.summary import SectionSummary
from brainseek.registration.run.series_table import series_csv


def write_series(
    sections: Sequence[SectionSummary],
    atlas: Atlas,
    encoder: str | None,
    notes: Sequence[str],
    folder: Path,
) -> tuple[Path, ...]:
    """Write ``series.csv``, ``report.html`` and, in CCF space, ``series.quicknii.json``.

    Parameters
    ----------
    sections : sequence of SectionSummary
        In the order of the inputs; the QuickNII file has them by number.
    atlas : Atlas
        The atlas of the run.
    encoder : str or None
        Identity of the encoder that named the plates.
    notes : sequence of str
        Remarks about the whole run.
    folder : Path
        An existing folder.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    BrainseekError
        When a file can't be written.
    """
    axes = atlas.space_axes
    files = [
        write_whole(folder / "series.csv", series_csv(sections, axes)),
        write_whole(
            folder / "report.html", report_html(sections, atlas.name, axes, encoder, notes)
        ),
    ]
    slices = [one.slice for one in sections if one.slice is not None]
    if slices:
        slices.sort(key=lambda one: one.number)
        content = quicknii_json(f"{atlas.name} series", slices)
        files.append(write_whole(folder / "series.quicknii.json", content))
    return tuple(files)
