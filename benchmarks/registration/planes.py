"""How well is the plane of one section found? Cuts of the CCFv3 template at known planes.

The cuts come from the very volume that the estimate compares with, so this measures the search,
not what another stain or another brain costs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import theilslopes

from benchmarks.registration.transfer import nissl
from benchmarks.report.table import Row, Table
from benchmarks.shared.damage import inverted_tissue, without_half_plane
from benchmarks.shared.mouse_sections import serial_nissl
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.user_table import read_rows
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.sections.section import Section, read_section, section_from_array
from brainseek.catalog.volumes.quicknii import COMPONENTS, plane_of
from brainseek.catalog.volumes.volume import Plane, Volume
from brainseek.registration.planes.cuts import volume_of
from brainseek.registration.planes.estimate import estimate_plane

CONDITIONS = ("whole", "40 % missing", "tissue inverted")
PLANE_SEED = 7
WIDEST_DEG = 12.0


@dataclass(frozen=True)
class PlaneError:
    """Error of one estimate.

    Attributes
    ----------
    condition : str
    position_um, pitch_deg, yaw_deg : float
        Absolute errors.
    sd_um : float
        What the estimate said of its position.
    """

    condition: str
    position_um: float
    pitch_deg: float
    yaw_deg: float
    sd_um: float


def measure_planes(n: int, seed: int, *, refine: bool = True) -> list[PlaneError]:
    """Estimate ``n`` random planes, 2.5 to 11 mm from the front, conditions in turn.

    Both angles are drawn between minus and plus 12°.

    Parameters
    ----------
    n : int
    seed : int
        Settings were chosen on seed 100.
    refine : bool
        Compare with the volume, or believe the gallery alone.
    """
    atlas = load_atlas("mouse-nissl")
    volume = volume_of(atlas)
    top = float(np.percentile(volume.data, 99.9))
    rng = np.random.default_rng(seed)
    errors = []
    for i in range(n):
        position = float(rng.uniform(2_500, 11_000))
        pitch, yaw = (float(angle) for angle in rng.uniform(-WIDEST_DEG, WIDEST_DEG, 2))
        cut = volume.cut(position, (pitch, yaw), pixel_size_um=50.0)
        picture = np.clip(cut / top * 255, 0, 255).astype(np.uint8)
        condition = CONDITIONS[i % len(CONDITIONS)]
        if condition == "40 % missing":
            picture = without_half_plane(picture, 0.4, rng.uniform(0, 2 * np.pi))
        elif condition == "tissue inverted":
            picture = inverted_tissue(picture)
        found = estimate_plane(section_from_array(picture, 50.0), atlas, refine=refine)
        errors.append(
            PlaneError(
                condition,
                abs(found.position_um - position),
                abs(found.tilt_deg[0] - pitch),
                abs(found.tilt_deg[1] - yaw),
                found.sd_um,
            )
        )
    return errors


def plane_table(n: int) -> Table:
    """Measure planes of cuts of the template."""
    lines = []
    for refine in (False, True):
        errors = measure_planes(n, PLANE_SEED, refine=refine)
        for condition in CONDITIONS:
            mine = [e for e in errors if e.condition == condition]
            um = np.array([e.position_um for e in mine])
            degrees = np.array([max(e.pitch_deg, e.yaw_deg) for e in mine])
            lines.append(
                (
                    "refined" if refine else "gallery alone",
                    condition,
                    str(len(mine)),
                    f"{np.median(um):.0f}",
                    f"{np.percentile(um, 90):.0f}",
                    f"{np.median(degrees):.1f}",
                    f"{np.percentile(degrees, 90):.1f}",
                )
            )
    notes = (
        f"SIMULATED: cuts of the very template that the estimate compares with, |tilt| ≤ 12°, "
        f"seed {PLANE_SEED} (settings were chosen on seed 100). This measures the search, not what "
        "another stain or brain costs.",
    )
    columns = ("method", "cut", "n", "median µm", "90 % µm", "median °", "90 % °")
    return Table("Planes of CCFv3 template cuts", columns, tuple(lines), notes)


NISSL_PLATES = range(17, 128, 8)
ISH_EVERY = 6
SERIAL_EVERY = 20


def plane_numbers(plane: Plane, volume: Volume) -> tuple[float, float, float]:
    """Position (µm) at the middle of the volume, pitch and yaw (degrees) of a plane.

    Of a coronal volume whose three indices rise with (AP, DV, ML), as in `Volume.cut`.
    """
    o, u, v = (np.asarray(x, float) for x in (plane.o, plane.u, plane.v))
    normal = np.cross(u, v)
    normal *= np.sign(normal[0]) / np.linalg.norm(normal)
    middle = np.array(volume.centre_um)
    position = o[0] - normal[1:] @ (middle[1:] - o[1:]) / normal[0]
    pitch = np.rad2deg(np.arctan2(-normal[1], normal[0]))
    return float(position), float(pitch), float(np.rad2deg(np.arcsin(-normal[2])))


def nissl_plates() -> Iterator[tuple[Section, Plane]]:
    """Nissl plates with their linear anchoring."""
    atlas = nissl()
    for plate in NISSL_PLATES:
        image = atlas.plate_image(plate)
        yield section_from_array(image, atlas.pixel_size_um(plate)), atlas.plane(plate)


def ish_sections() -> Iterator[tuple[Section, Plane]]:
    """Expression images with the planes of DeepSlice."""
    folder = dataset_path("mouse-ish-calb1")
    for row in read_rows(folder / "sections.csv")[ISH_EVERY:-ISH_EVERY:ISH_EVERY]:
        numbers = [float(row[name]) for name in COMPONENTS]
        yield read_section(folder / row["file"]), plane_of(numbers)


def real_plane_table() -> Table:
    """Compare estimates of real sections with what others said of them."""
    atlas = nissl()
    lines: list[Row] = []
    for name, sections in (
        ("Nissl plates; linear anchoring (PSEUDO-TRUTH)", nissl_plates()),
        ("Calb1 expression; DeepSlice (PSEUDO-TRUTH)", ish_sections()),
    ):
        found = []
        for section, plane in sections:
            said = estimate_plane(section, atlas)
            position, pitch, yaw = plane_numbers(plane, volume_of(atlas))
            off = np.subtract((said.position_um, *said.tilt_deg), (position, pitch, yaw))
            found.append((*off, said.sd_um))
        errors = np.array(found)
        away = np.abs(errors)
        lines.append(
            (
                name,
                str(len(errors)),
                f"{np.median(away[:, 0]):.0f} ({np.median(errors[:, 0]):+.0f})",
                f"{np.percentile(away[:, 0], 90):,.0f}",
                f"{np.median(away[:, 1]):.1f}",
                f"{np.median(away[:, 2]):.1f}",
                f"{np.mean(away[:, 0] <= 2 * errors[:, 3]):.0%}",
            )
        )
    placed = serial_nissl(SERIAL_EVERY)
    at = np.array([estimate_plane(one, atlas).position_um for one in placed.sections])
    apart = at - theilslopes(at, placed.place).slope * placed.place
    off = np.abs(apart - np.median(apart))
    lines.append(
        (
            "serial Nissl; robust line over the section number",
            str(len(at)),
            f"{np.median(off):.0f}",
            f"{np.percentile(off, 90):,.0f}",
            *[""] * 3,
        )
    )
    notes = (
        "Each section alone. In brackets the median difference: the anchoring is known to lie "
        "about 125 µm too anterior. DeepSlice is another program, no expert checked it. The "
        "encoder has seen the Nissl plates in training. Last column: how often the "
        "position lies within two of its stated standard deviations. When to take a "
        "section for upside down was decided on the last two sets.",
    )
    columns = (
        "sections; compared with", "n", "median µm", "90 % µm", "pitch °", "yaw °", "within 2 sd",
    )  # fmt: skip
    return Table("Planes of real sections", columns, tuple(lines), notes)
