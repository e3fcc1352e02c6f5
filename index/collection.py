"""A collection: a Lance table of embeddings that one encoder wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from catalog.errors import BrainseekError
from index.exact import ExactIndex, unit_vectors
from index.hits import Hit
from index.schema import ENCODER_KEY, METADATA_COLUMNS, Row, collection_schema, rows_to_table

TABLE = "rows"
"""Name of the Lance table inside the folder of a collection."""

ALL_ROWS = 2**31 - 1
"""A limit that no table of this size reaches; Lance returns 10 rows without one."""


@dataclass(frozen=True)
class _Loaded:
    """What an open collection keeps in memory, as of one version of the table."""

    version: int
    index: ExactIndex
    rows: list[dict[str, Any]]


class Collection:
    """Rows with embeddings, all written by the same encoder, searched exactly.

    Use :meth:`create` or :meth:`open`. The Lance table is the truth: another process may add
    rows while this object is open, and the next search sees them.

    Attributes
    ----------
    uri : str
        Folder of the collection.
    encoder : str
        Identity of the encoder that wrote it, ``name@hash``.
    dim : int
        Length of its vectors.
    """

    def __init__(self, uri: str, table: Any) -> None:
        self.uri = uri
        self._table = table
        schema = table.schema
        self._metadata = {
            key.decode(): value.decode() for key, value in (schema.metadata or {}).items()
        }
        if ENCODER_KEY.decode() not in self._metadata:
            raise BrainseekError(
                f"{uri} is a Lance table but not a collection, it names no encoder; "
                "give the folder of a collection."
            )
        self.encoder = self._metadata[ENCODER_KEY.decode()]
        self.dim: int = schema.field("vector").type.list_size
        self._loaded: _Loaded | None = None

    @classmethod
    def create(
        cls,
        uri: Path | str,
        encoder: str,
        dim: int,
        rows: Sequence[Row] = (),
        stamps: Mapping[str, str] | None = None,
    ) -> "Collection":
        """Make a collection in one commit.

        Parameters
        ----------
        uri : path or str
            A folder that holds no collection yet.
        encoder : str
            Identity of the encoder, ``name@hash``.
        dim : int
            Length of its vectors.
        rows : sequence of Row
            The first rows.
        stamps : mapping of str to str, optional
            Facts to keep with the table, read back by :meth:`stamp`.

        Raises
        ------
        BrainseekError
            The folder holds a collection already or can't be written, or a row is not valid.
        """
        if dim < 1:
            raise BrainseekError(f"a collection can't have {dim} dimensions; give at least 1.")
        schema = collection_schema(encoder, dim, dict(stamps or {}))
        data = rows_to_table(rows, schema)
        if (Path(uri) / f"{TABLE}.lance").exists():
            raise BrainseekError(f"{uri} holds a collection already; open it instead.")
        try:
            table = _connect(uri).create_table(TABLE, data=data, schema=schema)
        except (OSError, RuntimeError, ValueError) as error:
            raise BrainseekError(
                f"the collection {uri} can't be written ({_first_line(error)}); choose a folder "
                "that you may write to."
            ) from error
        return cls(str(uri), table)

    @classmethod
    def open(cls, uri: Path | str, encoder: str | None = None) -> "Collection":
        """Open a collection.

        Parameters
        ----------
        uri : path or str
            Its folder.
        encoder : str, optional
            Identity of the encoder that the caller will query with.

        Raises
        ------
        BrainseekError
            There is none, it is damaged, or another encoder wrote it.
        """
        if not (Path(uri) / f"{TABLE}.lance").is_dir():
            raise BrainseekError(f"{uri} holds no collection; make it first.")
        try:
            collection = cls(str(uri), _connect(uri).open_table(TABLE))
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise _damaged(uri, error) from error
        if encoder is not None:
            collection.require_encoder(encoder)
        return collection

    def __len__(self) -> int:
        return int(self._table.count_rows())

    def stamp(self, key: str) -> str | None:
        """Return a fact that :meth:`create` kept with the table, or None."""
        return self._metadata.get(f"brainseek.{key}")

    def require_encoder(self, encoder: str) -> None:
        """Refuse the vectors of any encoder but the one that wrote this collection.

        Raises
        ------
        BrainseekError
            ``encoder`` is another one; the message names both.
        """
        if encoder != self.encoder:
            raise BrainseekError(
                f"the collection {self.uri} was written by encoder {self.encoder} and not by "
                f"{encoder}, and their vectors can't be compared; query with {self.encoder} or "
                f"make a new collection."
            )

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows in one commit; a row whose id is there already replaces the former one.

        Raises
        ------
        BrainseekError
            A row is not valid, or the folder can't be written.
        """
        if not rows:
            return
        data = rows_to_table(rows, self._table.schema)
        try:
            merge = self._table.merge_insert("id").when_matched_update_all()
            merge.when_not_matched_insert_all().execute(data)
        except (OSError, RuntimeError, ValueError) as error:
            raise BrainseekError(
                f"rows can't be added to the collection {self.uri} ({_first_line(error)}); "
                "check that you may write to it."
            ) from error

    def search(
        self,
        vectors: ArrayLike,
        k: int,
        where: str | None = None,
        encoder: str | None = None,
    ) -> list[list[Hit]]:
        """Return the nearest rows of each query, best first; equal scores by rising id.

        Parameters
        ----------
        vectors : array_like, (m, d)
            L2-normalised embeddings.
        k : int
            How many hits for each query; fewer come back when there are fewer rows.
        where : str, optional
            Only rows that fulfil this SQL condition, e.g. ``"plate BETWEEN 40 AND 60"``.
        encoder : str, optional
            Identity of the encoder that made ``vectors``; another one than the collection's is
            refused.

        Raises
        ------
        BrainseekError
            The vectors, ``k`` or ``where`` are not valid, or the encoder is another one.
        """
        if encoder is not None:
            self.require_encoder(encoder)
        queries = unit_vectors(vectors, self.dim)
        loaded = self._current() if where is None else self._read(where)
        scores, numbers = loaded.index.search(queries, k)
        return [
            [
                Hit(rank, float(score), float(np.sqrt(max(0.0, 2 - 2 * score))), loaded.rows[i])
                for rank, (score, i) in enumerate(zip(scores[q], numbers[q], strict=True))
            ]
            for q in range(len(queries))
        ]

    def thumbnails(self, where: str | None = None) -> dict[str, bytes]:
        """Return the thumbnails (PNG or JPEG files) by row id; rows without one are left out."""
        columns = self._columns(["id", "thumbnail"], where)
        pairs = zip(columns["id"].to_pylist(), columns["thumbnail"].to_pylist(), strict=True)
        return {row: picture for row, picture in pairs if picture is not None}

    def rows(self, where: str | None = None) -> list[dict[str, Any]]:
        """Return the rows without vectors and thumbnails, by rising id."""
        return list((self._current() if where is None else self._read(where)).rows)

    def _current(self) -> _Loaded:
        """Return all rows, read again when another version has been committed."""
        if self._loaded is None or self._loaded.version != self._table.version:
            self._loaded = self._read(None)
        return self._loaded

    def _read(self, where: str | None) -> _Loaded:
        version = int(self._table.version)
        found = self._columns([*METADATA_COLUMNS, "vector"], where).sort_by("id")
        flat = found["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        vectors: NDArray[np.float32] = flat.reshape(found.num_rows, self.dim)
        return _Loaded(version, ExactIndex(vectors), found.drop(["vector"]).to_pylist())

    def _columns(self, names: list[str], where: str | None) -> Any:
        query = self._table.search().select(names).limit(ALL_ROWS)
        try:
            return (query if where is None else query.where(where)).to_arrow()
        except (OSError, RuntimeError, ValueError) as error:
            if where is None:
                raise _damaged(self.uri, error) from error
            raise BrainseekError(
                f"the condition '{where}' can't be used ({_first_line(error)}); write SQL over "
                f"the columns {', '.join(METADATA_COLUMNS)}."
            ) from error


def _connect(uri: Path | str) -> Any:
    import lancedb

    # An interval of zero makes every read look for newer commits of other processes.
    return lancedb.connect(str(uri), read_consistency_interval=timedelta(0))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _damaged(uri: Path | str, error: Exception) -> BrainseekError:
    return BrainseekError(
        f"the collection {uri} is damaged ({_first_line(error)}); delete the folder and make it "
        "again."
    )
