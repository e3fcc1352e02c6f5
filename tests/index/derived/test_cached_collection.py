"""When a derived collection is made again, and when not: missing, damaged, stale, or forbidden."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.plates import PlateCard
from brainseek.index.collection import Collection
from brainseek.index.derived.cached_collection import (
    cached_collection,
    collection_folder,
    current_collection,
)
from brainseek.index.table.lance_call import UnreadableTable, damaged
from brainseek.index.table.schema import Row
from tests.embedder.made_plate_encoder import made_gallery, release_toy

DIM = 5


class Rows:
    """Makes rows and counts how often."""

    def __init__(self, n: int = 7) -> None:
        self.made, self.n = 0, n

    def __call__(self) -> list[Row]:
        self.made += 1
        vectors = made_gallery(n=self.n, dim=DIM).vectors
        return [
            Row(vector=vector, kind="patch", source_uri=f"made://{i}")
            for i, vector in enumerate(vectors)
        ]


@pytest.fixture
def encoder(tmp_path: Path, cache_dir: Path) -> PlateCard:
    return release_toy(tmp_path / "weights", made_gallery(dim=DIM))


def test_it_is_made_once_and_then_opened(encoder: PlateCard) -> None:
    rows = Rows()
    assert current_collection("things", encoder, "a") is None
    first = cached_collection("things", encoder, "a", rows)
    again = cached_collection("things", encoder, "a", rows)
    assert rows.made == 1
    assert again.ids() == first.ids()
    assert len(again) == 7
    assert again.encoder == encoder.identity
    assert Path(again.uri) == collection_folder("things", encoder)
    assert [path.name for path in Path(again.uri).parent.iterdir()] == [
        f"things__{encoder.identity}"
    ]


def test_many_rows_come_in_several_commits(encoder: PlateCard) -> None:
    made = cached_collection("things", encoder, "a", Rows(7), commit_rows=3)
    assert len(made) == 7
    assert len(made.table.fragments()) == 3
    assert len(cached_collection("none", encoder, "a", list)) == 0


@pytest.mark.parametrize("part", ["rows.lance/_versions/*", "rows.lance/data/*"])
@pytest.mark.parametrize("how", ["broken", "gone"])
def test_a_damaged_one_is_made_again(encoder: PlateCard, part: str, how: str) -> None:
    rows = Rows()
    for path in Path(cached_collection("things", encoder, "a", rows).uri).glob(part):
        path.unlink() if how == "gone" else path.write_bytes(b"broken")
    assert len(cached_collection("things", encoder, "a", rows).search(np.eye(1, DIM)[0], 10)) == 7
    assert rows.made == 2


def test_one_whose_rows_were_deleted_is_made_again(encoder: PlateCard) -> None:
    rows = Rows()
    cached_collection("things", encoder, "a", rows).delete("source_uri = 'made://3'")
    assert len(cached_collection("things", encoder, "a", rows)) == 7
    assert rows.made == 2


def test_a_stale_one_is_made_again(encoder: PlateCard) -> None:
    rows = Rows()
    cached_collection("things", encoder, "a", rows)
    cached_collection("things", encoder, "b", rows)
    assert rows.made == 2
    assert current_collection("things", encoder, "a") is None
    folder = collection_folder("other", encoder)
    Collection.create(folder, "another@00000000", DIM)
    assert len(cached_collection("other", encoder, "", rows)) == 7


def test_one_that_no_fingerprint_was_kept_with_is_current_for_an_empty_one(
    encoder: PlateCard,
) -> None:
    Collection.create(collection_folder("things", encoder), encoder.identity, DIM)
    assert len(cached_collection("things", encoder, "", Rows())) == 0


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), BrainseekError("the store is away.")]
)
def test_every_other_error_passes_and_nothing_is_made(
    encoder: PlateCard, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    rows = Rows()
    cached_collection("things", encoder, "a", rows)

    def refuses(uri: object) -> None:
        raise error

    monkeypatch.setattr(Collection, "open", refuses)
    with pytest.raises(type(error), match=r"Permission denied|the store is away"):
        cached_collection("things", encoder, "a", rows)
    assert rows.made == 1


def test_files_that_may_not_be_read_are_no_damage() -> None:
    forbidden = (PermissionError(13, "no"), OSError("LanceError(IO): Permission denied (13)"))
    for error in forbidden:
        assert not isinstance(damaged("c", error), UnreadableTable)
    assert isinstance(damaged("c", OSError("unexpected end of file")), UnreadableTable)


def test_an_error_of_the_rows_leaves_the_former_collection(encoder: PlateCard) -> None:
    def fails() -> list[Row]:
        raise BrainseekError("the pictures are not here.")

    cached_collection("things", encoder, "a", Rows())
    with pytest.raises(BrainseekError, match="the pictures are not here"):
        cached_collection("things", encoder, "b", fails)
    kept = current_collection("things", encoder, "a")
    assert kept is not None
    assert len(kept) == 7
