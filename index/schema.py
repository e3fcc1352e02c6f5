"""The columns of a collection, and one row of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from catalog.errors import BrainseekError
from index.exact import unit_vectors

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("plate", "section", "patch")
"""What a row can be."""

ENCODER_KEY = b"brainseek.encoder"
"""Key of the schema metadata that names the only encoder of a collection."""

METADATA_COLUMNS = ("id", "kind", "atlas", "plate", "position_um", "source_uri", "encoder")
"""The columns that a hit carries: all but the vector and the thumbnail."""


@dataclass(frozen=True)
class Row:
    """One embedded image of a collection.

    Attributes
    ----------
    vector : ndarray of float32, (d,)
        L2-normalised embedding.
    kind : str
        One of :data:`KINDS`.
    source_uri : str
        Where the image comes from: a file path, a URL or ``atlas://NAME/plate/NUMBER``.
    id : str
        Stable identifier; a row with the same id replaces the former one. Empty: made by
        :func:`row_id` from kind and source.
    atlas : str, optional
        Name of the atlas in which the position is given.
    plate : int, optional
        Number of the plate in that atlas.
    position_um : float, optional
        Position along the cutting axis of the atlas in µm.
    thumbnail : bytes, optional
        A small PNG or JPEG file.
    """

    vector: NDArray[np.float32]
    kind: str
    source_uri: str
    id: str = ""
    atlas: str | None = None
    plate: int | None = None
    position_um: float | None = None
    thumbnail: bytes | None = None


def row_id(kind: str, source_uri: str) -> str:
    """Return the identifier of what lies at a source: 32 hexadecimal digits, always the same."""
    return hashlib.sha256(f"{kind}\n{source_uri}".encode()).hexdigest()[:32]


def collection_schema(encoder: str, dim: int, stamps: dict[str, str] | None = None) -> "pa.Schema":
    """Return the Arrow schema of a collection.

    Parameters
    ----------
    encoder : str
        Identity of the encoder that writes it, ``name@hash``.
    dim : int
        Length of its vectors.
    stamps : dict of str to str, optional
        Further facts to keep in the schema metadata, as ``brainseek.KEY``.
    """
    import pyarrow as pa

    metadata = {ENCODER_KEY: encoder.encode()}
    for key, value in (stamps or {}).items():
        metadata[f"brainseek.{key}".encode()] = value.encode()
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), dim), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("atlas", pa.string()),
            pa.field("plate", pa.int32()),
            pa.field("position_um", pa.float64()),
            pa.field("source_uri", pa.string(), nullable=False),
            pa.field("encoder", pa.string(), nullable=False),
            pa.field("thumbnail", pa.binary()),
        ],
        metadata=metadata,
    )


def rows_to_table(rows: Sequence[Row], schema: "pa.Schema") -> "pa.Table":
    """Check rows and return them as an Arrow table of a collection's schema.

    Raises
    ------
    BrainseekError
        A vector is not a unit vector of the right length, a kind is unknown, or two rows have
        the same id.
    """
    import pyarrow as pa

    dim = schema.field("vector").type.list_size
    for row in rows:
        if np.shape(row.vector) != (dim,):
            raise BrainseekError(
                f"the embedding of {row.source_uri} has shape {np.shape(row.vector)} and the "
                f"collection takes ({dim},); use the encoder that wrote the collection."
            )
        if row.kind not in KINDS:
            raise BrainseekError(
                f"'{row.kind}' is not a kind of row; choose one of {', '.join(KINDS)}."
            )
    ids = [row.id or row_id(row.kind, row.source_uri) for row in rows]
    if len(set(ids)) < len(ids):
        double = next(i for i in ids if ids.count(i) > 1)
        raise BrainseekError(
            f"the id {double} occurs twice among the rows to add; give every row its own source."
        )
    vectors = unit_vectors(np.array([row.vector for row in rows]).reshape(len(rows), dim), dim)
    encoder = schema.metadata[ENCODER_KEY].decode()
    columns = {
        "id": ids,
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), dim),
        "kind": [row.kind for row in rows],
        "atlas": [row.atlas for row in rows],
        "plate": [row.plate for row in rows],
        "position_um": [row.position_um for row in rows],
        "source_uri": [row.source_uri for row in rows],
        "encoder": [encoder] * len(rows),
        "thumbnail": [row.thumbnail for row in rows],
    }
    return pa.table(columns, schema=schema)
