"""Positions and structures of windows of volumes that lie in atlas space."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar

import nibabel
import numpy as np
import pytest

from brainseek.catalog.atlases.atlas import Atlas, Plate
from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.volume import Plane
from brainseek.index.collection import Collection
from brainseek.index.ingest.options import EmbedOptions
from brainseek.index.ingest.planning.atlas_position import AtlasPlaces
from brainseek.index.ingest.planning.structure_lookup import StructureLookup
from brainseek.index.ingest.run import embed_paths
from tests.index.ingest.made_files import MeanEncoder, tissue_picture, write_tiff

STRUCTURES = {0: None, 1: "GM", 2: "WM"}


def template(kind: str) -> Path:
    (path,) = dataset_path("mni152").glob(f"*_{kind}_tal_nlin_sym_09a_converted.nii.gz")
    return path


class TiltedAtlas(Atlas):
    """Five plates 200 µm apart, pitched by about 11°, with a chequerboard of two labels."""

    name: ClassVar[str] = "tilted"
    description: ClassVar[str] = "made"
    axis: ClassVar[str] = "AP"
    space_axes: ClassVar[tuple[str, str, str]] = ("AP", "DV", "ML")
    annotation_sources: ClassVar[tuple[str, ...]] = ("made",)
    volume: ClassVar[None] = None

    @cached_property
    def plates(self) -> tuple[Plate, ...]:
        return tuple(Plate(n, 200.0 * n, 30, 40, 50.0) for n in range(1, 6))

    @cached_property
    def structures(self) -> StructureTree:
        grey = (1, 1, 1)
        return StructureTree(
            [Structure(9, "root", "root", None, grey), Structure(1, "A", "a", 9, grey),
             Structure(2, "B", "b", 9, grey)]
        )  # fmt: skip

    def plate_image(self, number: int) -> np.ndarray:
        raise NotImplementedError

    def annotation(
        self, number: int, source: str | None = None, mirror: bool = False
    ) -> np.ndarray:
        row, column = np.mgrid[:30, :40]
        labels = 1 + (row // 5 + column // 5 + number) % 2
        labels[:5] = 0
        return labels.astype(np.int32)

    def plane(self, number: int) -> Plane:
        return Plane(o=(200.0 * number, 0.0, 0.0), u=(0.0, 0.0, 2000.0), v=(300.0, 1500.0, 0.0))


def test_a_point_takes_the_label_of_the_nearest_plate():
    atlas = TiltedAtlas()
    lookup = StructureLookup(atlas)
    normal = np.cross((0.0, 0.0, 2000.0), (300.0, 1500.0, 0.0))
    normal /= np.linalg.norm(normal)
    rng = np.random.default_rng(0)
    for number in (1, 3, 5):
        labels = atlas.annotation(number)
        for _ in range(40):
            row, column = int(rng.integers(30)), int(rng.integers(40))
            foot = np.array(atlas.plane(number).point((column + 0.5) / 40, (row + 0.5) / 30))
            point = foot + normal * rng.uniform(-90, 90)
            found = lookup.at(point[None])[0]
            label = labels[row, column]
            assert (found.id if found else 0) == label
            if found:
                assert found.acronym == {1: "A", 2: "B"}[label]
    beyond = np.array([atlas.plane(n).point(s, t) for n, s, t in
                       ((1, -0.01, 0.5), (3, 1.01, 0.5), (3, 0.5, 1.01))])  # fmt: skip
    assert lookup.at(beyond) == [None, None, None]
    away = np.array(atlas.plane(5).point(0.5, 0.5)) + np.outer([99, 130], np.abs(normal))
    assert [found is None for found in lookup.at(away)] == [False, True]
    assert lookup.at(np.empty((0, 3))) == []


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_windows_of_the_mni_template_know_their_place(tmp_path: Path, axis):
    options = EmbedOptions(patch_px=33, axis=axis, every=40, atlas="mni152")
    done = embed_paths([template("t1")], tmp_path / "c", MeanEncoder(), options)
    assert done.failed == ()
    rows = Collection.open(tmp_path / "c").rows()
    assert len(rows) == done.added > 20
    grey, white = (nibabel.load(template(kind)) for kind in ("gm", "wm"))
    tissue = [np.asarray(image.dataobj) for image in (grey, white)]
    to_voxel = np.linalg.inv(grey.affine)
    compared = 0
    for row in rows:
        assert row["atlas"] == "mni152"
        plane = row["source_plane"]
        down = row["window_row"] + 16  # the middle pixel of 33
        across = row["window_column"] + 16
        # The template: voxels of 1 mm, RAS, the first one at (-98, -134, -72) mm.
        x, y, z = {
            0: (plane - 98, across - 134, -72 + 188 - down),
            1: (across - 98, plane - 134, -72 + 188 - down),
            2: (across - 98, -134 + 232 - down, plane - 72),
        }[axis]
        assert (row["ap_um"], row["dv_um"], row["ml_um"]) == pytest.approx(
            (1000 * y, 1000 * z, 1000 * x)
        )
        assert row["position_um"] == pytest.approx(row["ap_um"])
        if y % 2 == 0 and -104 <= y <= 70:  # on a plate
            i, j, k = np.rint(nibabel.affines.apply_affine(to_voxel, (x, y, z))).astype(int)
            g, w = (float(values[i, j, k]) / values.max() for values in tissue)
            label = 0 if max(g, w) <= 0.2 else 1 if g >= w else 2
            assert row["structure"] == STRUCTURES[label]
            assert row["structure_id"] == (label or None)
            compared += 1
    assert compared > 3


def test_the_mouse_ccf_as_a_volume(tmp_path: Path, shared_data: Path):
    """The 100 µm template, stored as (P, I, R) from the front, top and left."""
    with np.load(shared_data / "mouse-ccf" / "ccfv3_100um_ASR.npz") as arrays:
        data, labels = arrays["template"], arrays["annotation"]
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2], affine[3, 3] = -0.1, -0.1, 0.1, 1
    affine[:3, 3] = 0.05, -0.05, -0.05
    path = tmp_path / "ccf.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data, affine), path)
    options = EmbedOptions(patch_px=17, stride_px=6, every=25, atlas="mouse-nissl")
    done = embed_paths([path], tmp_path / "c", MeanEncoder(), options)
    assert done.failed == ()
    same = []
    for row in Collection.open(tmp_path / "c").rows():
        i = 131 - row["source_plane"]
        j, k = row["window_row"] + 8, row["window_column"] + 8
        assert (row["ap_um"], row["dv_um"], row["ml_um"]) == pytest.approx(
            (100 * i + 50, 100 * j + 50, 100 * k + 50)
        )
        same.append((row["structure_id"] or 0) == labels[i, j, k])
    assert len(same) > 50
    assert np.mean(same) > 0.5  # two renderings of the annotation, 50 µm apart at most
    names = {structure.id: structure.acronym for structure in load_atlas("mouse-nissl").structures}
    for row in Collection.open(tmp_path / "c").rows():
        assert row["structure"] == names.get(row["structure_id"])


def test_files_without_a_place_in_the_atlas_are_named(tmp_path: Path):
    write_tiff(tmp_path / "flat.tif", tissue_picture())
    data = np.random.default_rng(0).integers(0, 255, (20, 20, 20), dtype=np.uint8)
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = 500
    nibabel.save(nibabel.Nifti1Image(data, affine), tmp_path / "far.nii")
    affine[:3, 3] = -10
    nibabel.save(nibabel.Nifti1Image(data, affine), tmp_path / "inside.nii")
    options = EmbedOptions(patch_px=16, atlas="mni152", min_tissue=0)
    done = embed_paths([tmp_path], tmp_path / "c", MeanEncoder(), options)
    sentences = {Path(uri).name: sentence for uri, sentence in done.failed}
    assert set(sentences) == {"flat.tif", "far.nii"}
    assert "without --atlas" in sentences["flat.tif"]
    assert "y 509.5 mm" in sentences["far.nii"]
    assert done.added == 20


def test_an_atlas_with_other_axes_is_refused():
    class Strange(TiltedAtlas):
        space_axes: ClassVar[tuple[str, str, str]] = ("ML", "AP", "DV")

    with pytest.raises(BrainseekError, match="ML, AP, DV"):
        AtlasPlaces(Strange())
