"""The cortex as a collection: every vertex once, with its place, area and vector."""

import logging

import numpy as np
import pytest

from brainseek import BrainseekError, ByPosition, ByRow, Collection, index_cortex
from brainseek.catalog.cortex.t1_volumes import load_cortex_volume
from brainseek.embedder.gallery import load_gallery
from brainseek.registration.cortex import rows as cortex_rows
from brainseek.registration.cortex.labels import kept_labels
from brainseek.registration.cortex.rows import vertex_id
from tests.embedder.made_cortex_encoder import places, template

__all__ = ["places"]


def test_rows_say_where_they_are(places, tmp_path, shared_data):
    from brainseek.catalog.surfaces.vertex_labels import vertex_labels

    done = index_cortex(tmp_path / "c", encoder="flat", folder=places)
    gallery, surface = load_gallery("flat", places), template().surface
    labels = vertex_labels("fsaverage5", "julich")
    assert done.added == len(done.collection) == len(gallery.numbers)
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
    collection = index_cortex(tmp_path / "c", encoder="flat", folder=places).collection
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


def test_a_stopped_run_is_completed(places, tmp_path, monkeypatch):
    monkeypatch.setattr(cortex_rows, "COMMIT_ROWS", 60)
    add, calls = Collection.add, []

    def stopped(self, rows):
        calls.append(len(rows))
        if len(calls) == 2:
            raise KeyboardInterrupt
        add(self, rows)

    monkeypatch.setattr(Collection, "add", stopped)
    with pytest.raises(KeyboardInterrupt):
        index_cortex(tmp_path / "c", encoder="flat", folder=places)
    assert len(Collection.open(tmp_path / "c")) == 60
    done = index_cortex(tmp_path / "c", encoder="flat", folder=places)
    assert (done.added, len(done.collection)) == (90, 150)
    assert calls == [60, 60, 60, 30]
    assert index_cortex(tmp_path / "c", encoder="flat", folder=places).added == 0


def test_another_encoder_is_refused(places, tmp_path):
    index_cortex(tmp_path / "c", encoder="flat", folder=places)
    with pytest.raises(BrainseekError, match=r"written by encoder flat@.* and not by block@"):
        index_cortex(tmp_path / "c", encoder="block", folder=places)


def test_missing_labels_are_said(places, tmp_path, monkeypatch, caplog):
    kept_labels.cache_clear()
    monkeypatch.delenv("BRAINSEEK_MIRROR", raising=False)
    with caplog.at_level(logging.WARNING, "brainseek.registration"):
        done = index_cortex(tmp_path / "c", encoder="flat", folder=places)
    assert "name no areas" in caplog.text
    assert {row["structure"] for row in done.collection.rows()} == {None}
    with pytest.raises(BrainseekError, match="julich-brain"):
        index_cortex(tmp_path / "d", encoder="flat", labels="julich", folder=places)
    assert not (tmp_path / "d").exists()


def test_another_volume_is_cut_and_keeps_its_own_rows(places, tmp_path, monkeypatch):
    from dataclasses import replace

    place = load_cortex_volume("t1-mni152")
    few = np.zeros(len(place.surface), bool)
    few[load_gallery("flat", places).numbers[:20]] = True
    other = replace(place, name="t1-other", surface=replace(place.surface, cortex=few))
    monkeypatch.setattr(
        cortex_rows, "load_cortex_volume", lambda name: other if name == "t1-other" else place
    )
    index_cortex(tmp_path / "c", encoder="flat", folder=places)
    done = index_cortex(tmp_path / "c", encoder="flat", data="t1-other", folder=places)
    assert (done.added, len(done.collection)) == (20, 170)
    for vertex in np.flatnonzero(few)[::7]:
        mine = done.collection.vector(vertex_id(other, int(vertex)))
        theirs = done.collection.vector(vertex_id(place, int(vertex)))
        np.testing.assert_allclose(mine, theirs, atol=1e-3)
