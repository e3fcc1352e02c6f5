"""Sections to calibrate on: validation sections of an atlas, and pictures that are none of it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.sections.section import Section, read_section, section_from_array

CUTS = 60


def known_sections(atlas: str, cuts: int = CUTS) -> tuple[list[Section], list[int]]:
    """Validation sections of an atlas and the numbers of their plates.

    For ``mouse-nissl`` the 21 expert-labelled sections of val_1 and val_2; for ``mni152`` so many
    seeded demo sections (cut from the template itself), with the nearest plate as the truth.
    """
    if atlas == "mni152":
        return _demo_sections(cuts)
    folder = dataset_path("mouse-confocal-sections")
    with open(folder / "sections.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"].startswith("val")]
    return [read_section(folder / row["file"]) for row in rows], [int(r["plate"]) for r in rows]


def _demo_sections(cuts: int) -> tuple[list[Section], list[int]]:
    from brainseek.catalog.atlases.registry import load_atlas
    from brainseek.registration.plates.demo import demo_sections

    atlas = load_atlas("mni152")
    places = np.asarray(atlas.positions_um)
    made = demo_sections(cuts, seed=90_001)
    nearest = [int(np.abs(places - one.true_position_um).argmin()) for one in made]
    return [one.section for one in made], [atlas.plates[index].number for index in nearest]


def strange_sections(atlas: str) -> list[Section]:
    """Pictures that show no plate of the atlas: other organs, species, planes and plain texture."""
    sources: list[Callable[[], Iterator[Section]]] = [_nuclei, _textures]
    sources.append(_human_cuts if atlas.startswith("mouse") else _mouse_plates)
    if atlas.startswith("mouse"):
        sources.append(_sagittal_mouse)
    return [section for source in sources for section in source()]


def _files(data_set: str, pattern: str, count: int) -> Iterator[Section]:
    paths = sorted(dataset_path(data_set).glob(pattern))
    step = max(len(paths) // count, 1)
    for path in islice(paths, 0, step * count, step):
        yield read_section(path)


def _nuclei() -> Iterator[Section]:
    return _files("dsb2018-nuclei", "images/*.png", 16)


def _mouse_plates() -> Iterator[Section]:
    return _files("mouse-nissl-plates", "plates/*.jpg", 20)


def _human_cuts() -> Iterator[Section]:
    from brainseek.catalog.atlases.registry import load_atlas

    atlas = load_atlas("mni152")
    for plate in atlas.plates[5:-5:5]:
        yield section_from_array(atlas.plate_image(plate.number))


def _sagittal_mouse() -> Iterator[Section]:
    """Sagittal and horizontal cuts of the mouse template: right brain, wrong plane."""
    template = np.load(dataset_path("mouse-ccf") / "ccfv3_100um_ASR.npz")["template"]
    for share in (0.2, 0.3, 0.4, 0.6, 0.7):
        yield section_from_array(template[:, :, int(share * template.shape[2])].T.copy())
        yield section_from_array(template[:, int(share * template.shape[1])].copy())


def _textures() -> Iterator[Section]:
    """Seeded noise, stripes and blobs."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:256, :256] / 256.0
    for frequency in (2, 5, 11, 23):
        yield section_from_array(rng.random((256, 256)).astype(np.float32))
        waves = np.sin(frequency * 6.3 * (x + rng.random() * y)) + 1
        yield section_from_array(waves.astype(np.float32))
        centre = rng.uniform(0.3, 0.7, 2)
        blob = np.exp(-frequency * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) * 4)
        yield section_from_array((blob * 255).astype(np.uint8))
