"""Pairs of other stains: expression and template, cell bodies and polarised light.

What each of them is, is said in `REMARKS`; none of them is expert truth.
"""

from __future__ import annotations

import csv
import math
import zipfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.pairs.polarised_light import pli_pair, read_pli
from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
from brainseek.catalog.pairs.transforms import AffinePixels, plane_map, resized
from brainseek.catalog.sections.section import read_section
from brainseek.catalog.surfaces.mesh_files import read_mesh
from brainseek.catalog.volumes.quicknii import COMPONENTS, plane_of
from brainseek.catalog.volumes.volume import Plane, Volume
from brainseek.embedder.preprocessing.section_gray import shrink
from brainseek.index.fill.template import LEAST_FILLED, PIXEL_UM, template_image, tissue_level
from brainseek.registration.pairs.nissl_af import FINEST_UM
from brainseek.registration.planes.cuts import volume_of

REMARKS = {
    "nissl-ish": "The planes of the Calb1 sections were estimated by DeepSlice, without an expert: "
    "pseudo-truth. The tissue mask is that of the template on the plane.",
    "cellbody-pli": "Averages over few and different brains on one unfolded hippocampus, no "
    "images of sections: a test of transfer.",
    "pli": "The pixel size of the PLI section is not recorded and was assumed.",
}
"""What every reader should know, by the name of the pairs."""

ISH, CELL_BODY, TRANSMITTANCE = "ish", "cellbody", "transmittance"
CELL_BODY_MAPS = {"Merker": 0, "Thionin": 5}
TRANSMITTANCE_MAP = 1
UNFOLDED_UM = 250.0
"""Pixel of the unfolded maps, in µm of the unfolded surface."""
_HIPPOMAPS = "hippomaps"
_UNFOLDED = "tpl-avg_space-unfold_den-0p5mm_label-hipp_midthickness.surf.gii"
_PERCENTILES = (1.0, 99.0)


def nissl_ish_pairs(folder: Path | None = None, *, progress: bool = True) -> list[SectionPair]:
    """Pair Calb1 expression sections with the template cut on their plane.

    Sections whose plane shows (nearly) no template are left out; the group is the number of the
    section, from posterior to anterior.

    Parameters
    ----------
    folder : Path, optional
        Of the data set ``mouse-ish-calb1``; by default it is looked up.
    progress : bool

    Raises
    ------
    BrainseekError
        If ``mouse-ish-calb1`` or ``mouse-ccf`` are not here, or its table is damaged.
    """
    where = dataset_path("mouse-ish-calb1", folder)
    volume = volume_of(load_atlas("mouse-ccf"))
    try:
        with open(where / "sections.csv", newline="", encoding="utf-8") as table:
            rows = [
                (row["file"], int(row["section_number"]), [float(row[c]) for c in COMPONENTS])
                for row in csv.DictReader(table)
            ]
    except (OSError, KeyError, ValueError) as error:
        raise BrainseekError(
            f"the sections of mouse-ish-calb1 can't be read ({error}); get the data set again."
        ) from error
    pairs = []
    for file, number, numbers in tqdm(
        rows, desc="pairing sections", unit="section", disable=not progress
    ):
        expression = read_section(where / file, max_side=None).image
        gray = expression if expression.ndim == 2 else expression.max(axis=2)
        pair = ish_pair(f"Calb1 section {number}", number, gray, plane_of(numbers), volume)
        if pair is not None:
            pairs.append(pair)
    return pairs


def ish_pair(
    name: str, group: int, gray: NDArray[np.uint8], plane: Plane, volume: Volume
) -> SectionPair | None:
    """Pair one expression image (rows, columns) with a volume cut on its plane.

    Returns
    -------
    SectionPair or None
        None where the plane shows (nearly) no tissue of the volume.
    """
    width_um, height_um = (math.hypot(*edge) for edge in (plane.u, plane.v))
    shape = max(16, round(height_um / PIXEL_UM)), max(16, round(width_um / PIXEL_UM))
    cut = volume.cut_plane(plane, shape)
    if (cut > tissue_level(volume)).mean() <= LEAST_FILLED:
        return None
    template = template_image(volume, cut)
    gray = shrink(gray, round(max(width_um, height_um) / FINEST_UM))
    rows, columns = gray.shape
    to_template = resized((rows, columns), shape)
    mask = cv2.resize(
        template.mask.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST
    )
    pixel_um = math.sqrt(width_um / columns * height_um / rows)
    expression = PairedImage(np.ascontiguousarray(gray), pixel_um, ISH, np.asarray(mask, bool))
    return SectionPair(
        name, group, expression, template, to_template, "mouse-ccf", plane_map(plane, gray.shape)
    )


def cellbody_pli_pairs(folder: Path | None = None) -> list[SectionPair]:
    """Pair maps of cell bodies with PLI transmittance on one unfolded hippocampus.

    Rows run from the subiculum to the dentate gyrus (proximal to distal), columns from anterior to
    posterior, as the unfolded surface has them. Transmittance is inverted, as in
    `catalog.pairs.polarised_light.read_pli`; the cell-body maps keep their sense. Values between
    vertices are linear, outside the hull of the surface there is no tissue.

    Parameters
    ----------
    folder : Path, optional
        That holds the HippoMaps files; by default the data set ``hippomaps`` is looked up.

    Raises
    ------
    BrainseekError
        If the files are missing or damaged.
    """
    where = dataset_path(_HIPPOMAPS) if folder is None else Path(folder)
    points_um = 1000 * read_mesh(where / _UNFOLDED).vertices[:, 1::-1]
    try:
        with np.load(where / "initialHippoMaps.npz", allow_pickle=False) as stored:
            maps = np.asarray(stored["featureData"], np.float64)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise BrainseekError(
            f"the maps in {where} can't be read ({error}); get HippoMaps again."
        ) from error
    pli = flat_image(points_um, -maps[:, TRANSMITTANCE_MAP], UNFOLDED_UM, TRANSMITTANCE)
    return [
        SectionPair(
            f"{stain} - PLI transmittance",
            group,
            flat_image(points_um, maps[:, column], UNFOLDED_UM, CELL_BODY),
            pli,
            AffinePixels(np.eye(3)),
        )
        for group, (stain, column) in enumerate(CELL_BODY_MAPS.items())
    ]


def flat_image(
    points_um: NDArray[np.float64], values: NDArray[np.float64], pixel_um: float, modality: str
) -> PairedImage:
    """Draw values at scattered points as an image.

    Parameters
    ----------
    points_um : ndarray, (n, 2)
        Along rows and columns.
    values : ndarray, (n,)
        Their 1st and 99th percentile become gray 1 and 255.
    pixel_um : float
    modality : str

    Returns
    -------
    PairedImage
        The mask is the convex hull of the points.
    """
    from scipy.interpolate import LinearNDInterpolator

    low, high = points_um.min(0), points_um.max(0)
    axes = [np.arange(a + pixel_um / 2, b, pixel_um) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    found = LinearNDInterpolator(points_um, values)(grid)
    mask = np.isfinite(found)
    dark, bright = np.percentile(values, _PERCENTILES)
    gray = 1 + 254 * (np.where(mask, found, dark) - dark) / max(bright - dark, 1e-30)
    image = np.where(mask, np.clip(gray + 0.5, 1, 255), 0).astype(np.uint8)
    return PairedImage(image, pixel_um, modality, mask)


def pli_pairs(pixel_um: float = 25.0, folder: Path | None = None) -> list[SectionPair]:
    """Pair transmittance and retardation of the PLI test section.

    Parameters
    ----------
    pixel_um : float
        Side of its pixels in µm; it is not recorded, so this is an assumption.
    folder : Path, optional
        Of the data set ``pli-section``; by default it is looked up.

    Raises
    ------
    BrainseekError
        If the data set is not here.
    """
    return [pli_pair(read_pli(dataset_path("pli-section", folder), pixel_um), "PLI section")]
