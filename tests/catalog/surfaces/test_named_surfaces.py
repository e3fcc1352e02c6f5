"""The named surfaces and their labels against their own files, read independently."""

import csv

import nibabel as nib
import numpy as np
import pytest

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.datasets.verify import verify_dataset
from brainseek.catalog.surfaces.geodesics import Geodesics
from brainseek.catalog.surfaces.mesh import edge_uses
from brainseek.catalog.surfaces.registry import load_surface, surface_names
from brainseek.catalog.surfaces.vertex_labels import VertexLabels, label_names, vertex_labels

SIZES = {
    "fsaverage5": (20484, 40960),
    "bigbrain-10k": (20484, 40960),
    "colin27-5124": (5124, 10240),
    "colin27-20484": (20484, 40960),
}


@pytest.fixture(scope="module", params=surface_names())
def named(request):
    if request.param != "fsaverage5":
        request.getfixturevalue("shared_data")
    return load_surface(request.param)


def test_every_surface_is_a_pair_of_brains_halves(named):
    assert (len(named), len(named.faces)) == SIZES[named.name]
    assert named.side("left").sum() == named.side("right").sum() == len(named) // 2
    left, right = (named.vertices_um[named.side(side)] for side in ("left", "right"))
    assert left[:, 0].mean() < -20_000 < 20_000 < right[:, 0].mean()
    extent = np.ptp(named.vertices_um, axis=0)
    assert extent.argmax() == 1  # a brain is longest from front to back
    assert 130_000 < extent[1] < 190_000
    area_cm2 = named.areas_um2().sum() / 1e8
    assert 1400 < area_cm2 < 2100
    wall = 1 - named.cortex.mean()
    assert 0.03 < wall < 0.09
    assert len(np.unique(named.parts)) == 2


def test_the_medial_wall_lies_at_the_midline(named):
    """Less than a quarter of the way out, and in the middle of the brain's length."""
    for side in ("left", "right"):
        here = named.side(side)
        wall = named.vertices_um[here & ~named.cortex]
        all_ = named.vertices_um[here]
        widest = np.abs(all_[:, 0]).max()
        assert np.abs(wall[:, 0]).mean() < widest / 4
        front, back = all_[:, 1].max(), all_[:, 1].min()
        assert 0.4 < (wall[:, 1].mean() - back) / (front - back) < 0.7


def test_fsaverage5_is_nilearns_after_the_affine():
    surface = load_surface("fsaverage5")
    folder = dataset_path("fsaverage5")
    for number, side in enumerate(("left", "right")):
        pial = nib.load(folder / f"pial_{side}.gii.gz").darrays[0].data.astype(float)
        moved = surface.vertices_um[surface.hemisphere == number] / 1000
        homogeneous = np.c_[pial, np.ones(len(pial))]
        fitted, *_ = np.linalg.lstsq(homogeneous, moved, rcond=None)
        np.testing.assert_allclose(homogeneous @ fitted, moved, atol=1e-9)  # it is affine
        assert np.linalg.norm(moved - pial, axis=1).max() < 6
    assert (surface.kind, surface.space) == ("pial", "MNI152 RAS")
    outward = ((surface.vertices_um - surface.inner_um) * surface.normals()).sum(1)
    assert (outward[surface.cortex] > 0).mean() > 0.98
    assert all(check.status == "ok" for check in verify_dataset("fsaverage5"))


def test_moving_fsaverage5_to_mni152_brings_it_into_grey_matter():
    """Mean grey-matter probability at the middle of the cortex, with the affine and without."""
    surface = load_surface("fsaverage5")
    folder = dataset_path("fsaverage5")
    raw = np.concatenate(
        [
            (nib.load(folder / f"pial_{s}.gii.gz").darrays[0].data
             + nib.load(folder / f"white_{s}.gii.gz").darrays[0].data) / 2
            for s in ("left", "right")
        ]
    )  # fmt: skip
    name = "mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz"
    grey = nib.load(load_atlas("mni152").folder / name)

    def mean_at(points_mm):
        voxel = np.linalg.inv(grey.affine) @ np.c_[points_mm, np.ones(len(points_mm))].T
        return grey.get_fdata()[tuple(np.rint(voxel[:3]).astype(int))][surface.cortex].mean()

    assert mean_at(surface.mid_um / 1000) > mean_at(raw) + 2  # of 255


def test_bigbrain_is_its_archive(shared_data):
    surface = load_surface("bigbrain-10k")
    with np.load(shared_data / "bigbrain-surface/bigbrain_10k_compact.npz") as archive:
        for number, side in enumerate("LR"):
            here = surface.hemisphere == number
            np.testing.assert_allclose(
                surface.vertices_um[here] / 1000, archive[f"{side}_vert_pial"]
            )
            np.testing.assert_allclose(surface.inner_um[here] / 1000, archive[f"{side}_vert_white"])
            thickness = archive[f"{side}_layer_thickness_mm"].sum(1)
            np.testing.assert_array_equal(surface.cortex[here], thickness > 0)
    assert (edge_uses(surface.faces)[1] > 2).sum() == 47
    with pytest.raises(BrainseekError, match="47 edges of bigbrain-10k"):
        Geodesics(surface, "exact")


def test_distances_on_bigbrain_follow_the_published_ones(shared_data):
    """Published: 400 parcels' mean distance along another mesh of the same brain, mm."""
    pytest.importorskip("potpourri3d", reason="potpourri3d is not installed")
    surface, labels = load_surface("bigbrain-10k"), vertex_labels("bigbrain-10k", "schaefer400")
    published = np.load(shared_data / "bigbrain-surface/surface_distance.npy")
    parcels = np.array([5, 60, 120, 190, 205, 260, 330, 395])
    centres = []
    for parcel in parcels:
        members = np.flatnonzero(labels.ids == parcel)
        middle = surface.vertices_um[members].mean(0)
        centres.append(
            members[np.linalg.norm(surface.vertices_um[members] - middle, axis=1).argmin()]
        )
    ours = Geodesics(surface).between(centres, centres) / 1000
    theirs = published[np.ix_(parcels - 1, parcels - 1)]
    same_side = (parcels[:, None] <= 200) == (parcels <= 200)
    assert (np.isinf(ours) == ~same_side).all()
    pairs = same_side & ~np.eye(8, dtype=bool)
    assert np.corrcoef(ours[pairs], theirs[pairs])[0, 1] > 0.95


def test_colin_holds_the_file_and_names_what_it_does_not_know(shared_data):
    surface = load_surface("colin27-5124")
    image = nib.load(shared_data / "colin27/cortex_5124.surf.gii")
    points = image.agg_data("pointset")
    np.testing.assert_allclose(surface.vertices_um, 1000.0 * points.astype(float))
    np.testing.assert_array_equal(surface.faces, image.agg_data("triangle"))
    assert surface.kind == "unknown"
    assert "fsaverage5" in surface.remarks[0]
    from_file = load_surface(shared_data / "colin27/cortex_5124.surf.gii", units="mm")
    np.testing.assert_array_equal(from_file.hemisphere, surface.hemisphere)
    with pytest.raises(BrainseekError, match="unit was mixed up"):
        load_surface(shared_data / "colin27/cortex_5124.surf.gii", units="um")


@pytest.mark.parametrize("which", ["economo", "brodmann", "schaefer400"])
def test_bigbrain_labels_against_the_tables_in_a_slow_loop(which, shared_data):
    labels, surface = vertex_labels("bigbrain-10k", which), load_surface("bigbrain-10k")
    with (shared_data / "bigbrain-surface/parcel_names.csv").open(newline="") as stream:
        table = {
            (r["hemisphere"], int(r["value"])): r["name"]
            for r in csv.DictReader(stream)
            if r["atlas"] == which
        }
    with np.load(shared_data / "bigbrain-surface/bigbrain_10k_compact.npz") as archive:
        values = np.concatenate([archive[f"{side}_{which}"] for side in "LR"])
    for vertex in range(0, len(surface), 7):
        id_, right = int(labels.ids[vertex]), bool(surface.hemisphere[vertex])
        if not surface.cortex[vertex] or values[vertex] == 0:
            assert id_ == 0
        else:
            name = table["LR"[right], int(values[vertex])]
            assert labels.names[id_] == f"{name} {'right' if right else 'left'}"
    sides = [set(labels.ids[surface.side(s)]) - {0} for s in ("left", "right")]
    assert not sides[0] & sides[1]
    if which == "schaefer400":
        assert sides[0] | sides[1] == set(range(1, 401))


@pytest.mark.parametrize("name", ["fsaverage5", "colin27-5124"])
def test_julich_labels_by_the_affine_of_the_files(name, shared_data):
    labels, surface = vertex_labels(name, "julich"), load_surface(name)
    points = surface.vertices_um if surface.inner_um is None else surface.mid_um
    for number, side in enumerate(("LH", "RH")):
        image = nib.load(shared_data / f"julich-brain/JulichBrainAtlas31_{side}.nii.gz")
        values, back = np.asarray(image.dataobj, int), np.linalg.inv(image.affine)
        here = np.flatnonzero((surface.hemisphere == number) & (labels.ids > 0))
        for vertex in here[::9]:
            voxel = tuple(np.rint(back @ [*points[vertex] / 1000, 1])[:3].astype(int))
            assert labels.ids[vertex] == values[voxel] + 1000 * number
            assert labels.names[int(labels.ids[vertex])].endswith(("left", "right")[number])
    share = (labels.ids[surface.cortex] > 0).mean()
    assert share > {"fsaverage5": 0.8, "colin27-5124": 0.6}[name]
    assert (labels.ids[~surface.cortex] == 0).all()


def test_julich_areas_lie_where_they_belong(shared_data):
    """V1 is the most posterior, M1 lies high, the auditory cortex is lateral."""
    labels, surface = vertex_labels("fsaverage5", "julich"), load_surface("fsaverage5")

    def middle(part):
        ids = [id_ for id_, name in labels.names.items() if part in name and "left" in name]
        return surface.vertices_um[np.isin(labels.ids, ids)].mean(0) / 1000

    assert middle("hOc1")[1] < -75
    assert middle("Area 4p")[2] > 35
    assert middle("(HESCHL)")[0] < -35


def test_label_tables_must_be_complete():
    assert VertexLabels(np.array([0, 2]), {2: "x"}).ids.dtype == np.int32
    with pytest.raises(BrainseekError, match=r"lacks 2 ids that vertices have \(first 3, 9\)"):
        VertexLabels(np.array([0, 2, 3, 9]), {2: "x"})
    for ids in (np.array([0.5]), np.array([[1]]), np.array([-1])):
        with pytest.raises(BrainseekError, match="whole number from 0"):
            VertexLabels(ids, {1: "x"})


def test_unknown_labels_are_refused():
    assert label_names("bigbrain-10k") == ("economo", "brodmann", "schaefer400")
    assert label_names("fsaverage5") == ("julich",)
    with pytest.raises(
        BrainseekError, match="no labels 'destrieux' on 'fsaverage5'; known: economo"
    ):
        vertex_labels("fsaverage5", "destrieux")
