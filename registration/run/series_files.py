"""The files about all sections of a run."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from brainseek.catalog.atlases.atlas import Atlas
from brainseek.catalog.core.whole_file import write_whole
from brainseek.registration.exports.quicknii import quicknii_json
from brainseek.registration.results.report import report_html
from brainseek.registration.results.section_result import SectionResult


def write_series(
    sections: Sequence[SectionResult],
    atlas: Atlas,
    encoder: str | None,
    notes: Sequence[str],
    folder: Path,
) -> tuple[Path, ...]:
    """Write ``series.csv``, ``report.html`` and, in CCF space, ``series.quicknii.json``.

    Parameters
    ----------
    sections : sequence of SectionResult
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
    slices = [one.registered.slice for one in sections if one.registered and one.registered.slice]
    if slices:
        slices.sort(key=lambda one: one.number)
        content = quicknii_json(f"{atlas.name} series", slices)
        files.append(write_whole(folder / "series.quicknii.json", content))
    return tuple(files)


def series_csv(sections: Sequence[SectionResult], axes: tuple[str, str, str]) -> bytes:
    """Return the table as CSV in UTF-8.

    Parameters
    ----------
    sections : sequence of SectionResult
        In the order of the inputs; sections with an error have a row with only that.
    axes : tuple of three str
        Names of the atlas coordinates; the middle of every image is given in them, in µm.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["number", "file", "plate", *(f"centre_{axis}_um" for axis in axes), "confidence",
         "none_of_these", "method", "similarity", "tissue_overlap", "folding", "trusted",
         "pixel_size_um", "estimated_pixel_size_um", "seconds", "warning", "notes", "error"]
    )  # fmt: skip
    for one in sections:
        writer.writerow(_cells(one))
    return text.getvalue().encode()


def _cells(one: SectionResult) -> list[object]:
    found = one.registered
    if found is None:
        return [one.number, one.file, *[""] * 15, " ".join(one.notes), one.error or ""]
    place, quality = found.place, found.quality
    return [
        one.number, one.file, _text(found.plate), *(f"{x:.1f}" for x in found.centre_um),
        _text(place.confidence), _text(place.none_of_these), found.method,
        _text(quality.similarity), _text(quality.tissue_overlap), _text(quality.folding),
        "yes" if quality.trusted else "no", _text(found.pixel_size_um),
        _text(found.estimated_pixel_size_um), _text(found.seconds), quality.warning or "",
        " ".join(one.notes), "",
    ]  # fmt: skip


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
