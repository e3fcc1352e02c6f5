"""The cortex as a collection: every vertex once, with its place, area and vector."""

import logging

import numpy as np
import pytest

from brainseek import BrainseekError, ByPosition, ByRow, index_cortex
from brainseek.catalog.cortex.t1_volumes import load_cortex_volume
from brainseek.catalog.surfaces.vertex_labels import kept_labels
from brainseek.embedder.gallery import load_gallery
from brainseek.index.fill.cortex import vertex_id
from tests.embedder.made_cortex_encoder import places, template

__all__ = ["places"]


def test_rows_say_where_they_are(places, tmp_path, shared_data):
    from brainseek.catalog.surfaces.vertex_labels import vertex_labels

    done = index_cortex(None, tmp_path / "c", "flat", folder=places)
    gallery, surface = load_gallery("flat", places), template().surface
    labels = vertex_labels("fsaverage5", "julich")
    assert done.rows == len(done.collection) == len(gallery.numbers)
    rows = {row["source_uri"]: row for row in done.collection.rows()}
    for vertex in gallery.numbers:
        row = rows[f"surface:fsaverage5#{vertex}"]
        x, y, z = surface.vertices_um[vertex]
        assert (row["ml_um"], row["ap_um"], row["dv_um"]) == (x, y, z)
        assert row["note"] == ("right" if surface.hemisphere[vertex] else "left") + " hemisphere"
        assert (row["structure_id"] or 0) == labels.ids[vertex]
        assert row["structure"] == labels.names.get(int(labels.ids[vertex]))
    for place in (0, 70, 149):
        row = rows[f"surface:fsaverage5#{gallery.numbers[place]}"]
        vector = done.collection.vector(row["id"])
        np.testing.assert_allclose(vector, gallery.vectors[place], atol=1e-6)


def test_rows_and_positions_can_be_searched(places, tmp_path):
    collection = index_cortex(None, tmp_path / "c", "flat", folder=places).collection
    gallery, surface = load_gallery("flat", places), template().surface
    vertex = int(gallery.numbers[12])
    me = vertex_id(template(), vertex)
    alike = collection.search(ByRow(me), k=4, where="note = 'left hemisphere'")
    left = [i for i, v in enumerate(gallery.numbers) if not surface.hemisphere[v] and v != vertex]
    best = sorted(left, key=lambda i: -float(gallery.vectors[i] @ gallery.vectors[12]))[:4]
    uris = [f"surface:fsaverage5#{gallery.numbers[i]}" for i in best]
    assert [hit.row["source_uri"] for hit in alike] == uris
    x, y, z = surface.vertices_um[vertex]
    there = collection.search(ByPosition(ap_um=y, dv_um=z, ml_um=x, within_um=10.0), k=4)
    assert there.ids == collection.search(ByRow(me), k=4).ids


def test_a_stopped_run_is_completed(places, tmp_path):
    whole = index_cortex(None, tmp_path / "c", "flat", folder=places).collection
    ids = whole.ids()
    vectors = {name: whole.vector(name) for name in ids}
    gone = ", ".join(f"'{name}'" for name in ids[20:110])
    assert whole.delete(f"id in ({gone})") == 90
    done = index_cortex(None, tmp_path / "c", "flat", folder=places)
    assert (done.rows, len(done.collection)) == (90, 150)
    for name in ids[::13]:
        np.testing.assert_array_equal(done.collection.vector(name), vectors[name])
    assert index_cortex(None, tmp_path / "c", "flat", folder=places).rows == 0


def test_another_encoder_is_refused(places, tmp_path):
    index_cortex(None, tmp_path / "c", "flat", folder=places)
    with pytest.raises(BrainseekError, match=r"written by encoder flat@.* and not by block@"):
        index_cortex(None, tmp_path / "c", "block", folder=places)


def test_missing_labels_are_said(places, tmp_path, monkeypatch, caplog):
    kept_labels.cache_clear()
    monkeypatch.delenv("BRAINSEEK_MIRROR", raising=False)
    with caplog.at_level(logging.WARNING, "brainseek.index"):
        done = index_cortex(None, tmp_path / "c", "flat", folder=places)
    assert "name no areas" in caplog.text
    assert {row["structure"] for row in done.collection.rows()} == {None}
    with pytest.raises(BrainseekError, match="julich-brain"):
        index_cortex(None, tmp_path / "d", "flat", "julich", folder=places)
    assert not (tmp_path / "d").exists()


def test_another_volume_is_cut_and_keeps_its_own_rows(places, tmp_path, monkeypatch):
    from dataclasses import replace

    place = load_cortex_volume("t1-mni152")
    few = np.zeros(len(place.surface), bool)
    few[load_gallery("flat", places).numbers[:20]] = True
    other = replace(place, name="t1-other", surface=replace(place.surface, cortex=few))
    known = {"t1-other": other, "t1-mni152": place}
    monkeypatch.setattr("brainseek.index.fill.cortex.load_cortex_volume", known.__getitem__)
    index_cortex(None, tmp_path / "c", "flat", folder=places)
    done = index_cortex("t1-other", tmp_path / "c", "flat", folder=places)
    assert (done.rows, len(done.collection)) == (20, 170)
    for vertex in np.flatnonzero(few)[::7]:
        mine = done.collection.vector(vertex_id(other, int(vertex)))
        theirs = done.collection.vector(vertex_id(place, int(vertex)))
        np.testing.assert_allclose(mine, theirs, atol=1e-3)
