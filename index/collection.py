"""A collection: a Lance table of embeddings that one encoder wrote, and its search."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.filters.conditions import of_modality, one_of
from brainseek.index.queries import ByImage, ByWords, Query
from brainseek.index.search.hits import Hits, HitsBatch, HitSource
from brainseek.index.search.live_view import LiveView
from brainseek.index.search.near_place import Located, rows_near
from brainseek.index.search.query_vector import check_writer, query_vector, row_vector
from brainseek.index.search.request import Request, match_view, search_view
from brainseek.index.search.view import View
from brainseek.index.table.rows import RowTable
from brainseek.index.table.schema import (
    ENCODER_KEY,
    Row,
    checked_table,
    collection_schema,
    rows_to_table,
)
from brainseek.index.table.unit_vectors import unit_vectors

if TYPE_CHECKING:
    import pyarrow as pa


class Collection:
    """Rows with embeddings, all written by the same encoder.

    Use :meth:`create` or :meth:`open`. The Lance table is the truth: another process may add
    rows while this object is open, and the next search sees them.

    Attributes
    ----------
    uri : str
        Folder of the collection: a local path or an object store such as ``s3://bucket/key``.
    encoder : str
        Identity of the encoder that wrote it, ``name@hash``.
    dim : int
        Length of its vectors.
    table : RowTable
        The Lance table.
    """

    def __init__(self, table: RowTable) -> None:
        self.uri, self.table = table.uri, table
        self._metadata = {
            key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()
        }
        self.encoder = self._metadata[ENCODER_KEY.decode()]
        self.dim: int = table.schema.field("vector").type.list_size
        self._live = LiveView(table)

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
            A folder that holds no collection yet, or ``s3://bucket/key``.
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
        schema = collection_schema(encoder, dim, stamps)
        return cls(RowTable.create(str(uri), rows_to_table(rows, schema)))

    @classmethod
    def open(
        cls,
        uri: Path | str,
        encoder: str | None = None,
        *,
        version: int | None = None,
        snapshot: str | None = None,
    ) -> "Collection":
        """Open a collection, or how it was at an earlier time.

        Parameters
        ----------
        uri : path or str
            Its folder.
        encoder : str, optional
            Identity of the encoder that the caller will query with.
        version : int, optional
            Read this version and no other.
        snapshot : str, optional
            Read the version that :meth:`snapshot` named so.

        Raises
        ------
        BrainseekError
            There is none, it is damaged, it has no such version, or another encoder wrote it.
        """
        if version is not None and snapshot is not None:
            raise BrainseekError(
                f"version {version} and snapshot '{snapshot}' were both asked for; give one."
            )
        collection = cls(RowTable.open(str(uri), snapshot if version is None else version))
        if encoder is not None:
            collection.require_encoder(encoder)
        return collection

    def __len__(self) -> int:
        self.table.refresh()
        return self.table.count()

    def __repr__(self) -> str:
        """Place, size and encoder."""
        return f"Collection({self.uri}, {len(self)} rows, {self.encoder})"

    @property
    def version(self) -> int:
        """Version of the table that is read now: the newest, unless another was asked for."""
        return self.table.refresh()

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
        check_writer(encoder, self.uri, self.encoder)

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows in one commit; a row whose id is there already replaces the former one.

        Raises
        ------
        BrainseekError
            A row is not valid, or the folder can't be written; then nothing was added.
        """
        if rows:
            self.table.upsert(rows_to_table(rows, self.table.schema))

    def add_table(self, table: "pa.Table") -> None:
        """Add the rows of an Arrow table in one commit, as :meth:`add` does.

        Parameters
        ----------
        table : pa.Table
            Columns of :func:`index.table.schema.collection_schema`; nullable ones may be missing.
        """
        if table.num_rows:
            self.table.upsert(checked_table(table, self.table.schema))

    def delete(self, where: str) -> int:
        """Delete the rows that fulfil a condition, e.g. ``"stain = 'nissl'"``.

        Returns
        -------
        int
            How many rows were deleted. Earlier versions still have them.
        """
        return self.table.delete(self._live.condition(where).sql)

    def search(
        self,
        query: ArrayLike | Query,
        k: int = 10,
        *,
        where: str | None = None,
        match: str | None = None,
        offset: int = 0,
        radius: float | None = None,
        exact: bool = False,
    ) -> Hits:
        """Return the nearest rows of one query, best first; equal scores by rising id.

        Parameters
        ----------
        query : array_like (d,), or one of :data:`brainseek.index.queries.Query`
            An L2-normalised embedding, or an image, row, atlas position, text or words.
        k : int
            How many hits; fewer come back when there are fewer rows.
        where : str, optional
            Only rows that fulfil this condition, e.g. ``"structure = 'CA1' and stain = 'nissl'"``.
        match : str, optional
            Words: rows whose metadata contain them move up (reciprocal rank fusion of both
            lists; the scores stay cosine similarities).
        offset : int
            Skip so many hits, for further pages.
        radius : float, optional
            Only rows at most this Euclidean distance away (0..2); searched exactly.
        exact : bool
            Look at every vector even where an approximate index is used.

        Raises
        ------
        BrainseekError
            The query, ``k``, ``where`` or another argument is not valid, or the query's encoder
            is another one than the collection's.
        """
        request = Request(k, offset, radius, match, exact)
        view = self.view()
        if isinstance(query, ByWords):
            allowed = self._live.allowed(view, where)
            return match_view(view, self._source(view), query.words, request, allowed)
        if not isinstance(query, Query):
            return self._search(view, self._one_vector(query)[None], request, where)[0]
        if not len(view):
            vector, row = np.eye(1, self.dim, dtype=np.float32)[0], None  # nothing is like anything
        else:
            vector, row = query_vector(query, view, self.uri, self.encoder)
        if isinstance(query, ByImage) and query.find is not None:
            where = of_modality(query.find, where)
        return self._search(view, vector[None], replace(request, exclude=row), where)[0]

    def search_batch(
        self,
        vectors: ArrayLike,
        k: int = 10,
        *,
        where: str | None = None,
        offset: int = 0,
        exact: bool = False,
        encoder: str | None = None,
    ) -> HitsBatch:
        """Return the nearest rows of many queries at once.

        Parameters
        ----------
        vectors : array_like, (m, d)
            L2-normalised embeddings.
        k, where, offset, exact
            As in :meth:`search`.
        encoder : str, optional
            Identity of the encoder that made ``vectors``; another one than the collection's is
            refused.
        """
        if encoder is not None:
            self.require_encoder(encoder)
        return self._search(self.view(), vectors, Request(k, offset, exact=exact), where)

    def at(
        self,
        ap_um: float,
        dv_um: float,
        ml_um: float,
        k: int = 10,
        within_um: float | None = None,
        where: str | None = None,
    ) -> list[Located]:
        """Return the rows that lie nearest to a place in atlas space, in µm."""
        view = self.view()
        place = (ap_um, dv_um, ml_um)
        return rows_near(view, self._numbers(view, where), place, k, within_um)

    def vector(self, row: str) -> NDArray[np.float32]:
        """Return the embedding (d,) of the row with this id."""
        return row_vector(self.view(), self.uri, row)

    def rows(self, where: str | None = None) -> list[dict[str, Any]]:
        """Return the rows without vectors and thumbnails, by rising id."""
        view = self.view()
        numbers = self._numbers(view, where)
        return list(view.take(numbers).sort_by("id").to_pylist())

    def some_rows(
        self, k: int, where: str | None = None, ids: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return ``k`` rows that fulfil a condition, those with some ids or of all.

        They come in the order in which they are searched, as something to begin with.
        """
        view = self.view()
        numbers = self._numbers(view, where)
        if ids is not None:
            numbers = np.intersect1d(numbers, np.array(list(view.find(ids).values()), np.int64))
        return list(view.take(numbers[:k]).to_pylist())

    def ids(self, where: str | None = None) -> list[str]:
        """Return the ids of the rows, rising."""
        view = self.view()
        numbers = self._numbers(view, where)
        return sorted(view.take(numbers, ["id"])["id"].to_pylist())

    def thumbnails(self, where: str | None = None) -> dict[str, bytes]:
        """Return the thumbnails (PNG or JPEG files) by row id; rows without one are left out."""
        self.table.refresh()
        return self._pictured(None if where is None else self._live.condition(where).sql)

    def thumbnails_of(self, ids: Sequence[str]) -> list[bytes | None]:
        """Return the thumbnail of each of some rows, None where it has none."""
        found = self._pictured(one_of("id", ids)) if ids else {}
        return [found.get(row) for row in ids]

    def _pictured(self, sql: str | None) -> dict[str, bytes]:
        columns = self.table.read(["id", "thumbnail"], sql)
        pairs = zip(columns["id"].to_pylist(), columns["thumbnail"].to_pylist(), strict=True)
        return {row: picture for row, picture in pairs if picture is not None}

    def compact(self) -> None:
        """Join small files and drop deleted rows, then make the search index anew."""
        self.table.compact()
        self.build_cache()

    def snapshot(self, name: str) -> int:
        """Give the present version a name and return its number; it is kept until dropped."""
        self.table.tag(name)
        return self.table.version

    def snapshots(self) -> dict[str, int]:
        """Return the version behind each snapshot."""
        return self.table.tags()

    def restore(self, version: int | str) -> None:
        """Go back to a version or snapshot, as a new version; nothing is forgotten."""
        self.table.restore(version)

    def forget_snapshot(self, name: str) -> None:
        """Take the name away from a version; its files may then be cleaned up."""
        if name not in self.table.tags():
            known = ", ".join(self.table.tags()) or "there is none"
            raise BrainseekError(f"{self.uri} has no snapshot '{name}'; choose of: {known}.")
        self.table.untag(name)

    def build_cache(self) -> None:
        """Make the search index of the present version now, and not at the next search."""
        self._live.build()

    def view(self) -> View:
        """Return the rows as they are searched at this moment."""
        return self._live.view()

    def _one_vector(self, query: ArrayLike) -> NDArray[np.float32]:
        vector = np.asarray(query, np.float32)
        if vector.ndim != 1:
            raise BrainseekError(
                f"a query of shape {vector.shape} is not one vector; give ({self.dim},), or use "
                "search_batch."
            )
        return vector

    def _search(
        self, view: View, vectors: ArrayLike, request: Request, where: str | None
    ) -> HitsBatch:
        checked = unit_vectors(vectors, self.dim)
        allowed = self._live.allowed(view, where)
        return search_view(view, self._source(view), checked, request, allowed)

    def _source(self, view: View) -> HitSource:
        return HitSource(view.take, view.vectors, self.thumbnails_of)

    def _numbers(self, view: View, where: str | None) -> NDArray[np.int64]:
        allowed = self._live.allowed(view, where)
        return view.numbers() if allowed is None else allowed
