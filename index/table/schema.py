"""The columns of a collection, and one row of it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.readers.reader import Window as Window  # rows are made with it
from brainseek.index.table.unit_vectors import unit_vectors

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "2"
"""Version of the layout that this code writes; a table of another one is refused by name.

Format 2 has the column ``modality``."""

KINDS = ("plate", "section", "patch")
"""What a row can be."""

FORMAT_KEY = b"brainseek.format"
ENCODER_KEY = b"brainseek.encoder"
"""Key of the schema metadata that names the only encoder of a collection."""

PRIMARY_KEY = b"lance-schema:unenforced-primary-key"
"""Key of the metadata of the ``id`` field. Lance enforces no key, but with it the commit of an
upsert fails and is made again when another one added the same ids in the meantime; without it
two writers that no lock keeps apart (object stores) can both add a row."""

SOURCE_COLUMNS = (
    "kind",
    "source_uri",
    "source_sha256",
    "source_plane",
    "source_axis",
    "window_row",
    "window_column",
    "window_height",
    "window_width",
)
"""The columns that an id is made of, see :func:`row_id`."""

METADATA_COLUMNS = (
    "id",
    *SOURCE_COLUMNS,
    "pixel_size_um",
    "atlas",
    "plate",
    "position_um",
    "ap_um",
    "dv_um",
    "ml_um",
    "structure_id",
    "structure",
    "species",
    "stain",
    "modality",
    "specimen",
    "note",
    "created",
)
"""The columns that a hit carries: all but the vector and the thumbnail."""

COLUMNS = (*METADATA_COLUMNS, "vector", "thumbnail")
"""All columns of a collection."""

TEXT_COLUMNS = ("structure", "species", "stain", "specimen", "note", "source_uri")
"""The columns in which words are searched."""


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
        :func:`row_id`.
    source_sha256 : str, optional
        Digest of the source file, so that a file that was moved keeps its ids.
    source_plane, source_axis : int, optional
        Page of a stack or slice of a volume, and the axis (RAS+) it is perpendicular to.
    window : Window, optional
        The part of that plane; the whole plane without one.
    pixel_size_um : float, optional
        Side of a pixel of the source at full resolution, in µm.
    atlas : str, optional
        Name of the atlas in which the positions are given.
    plate : int, optional
        Number of the plate in that atlas.
    position_um : float, optional
        Position along the cutting axis of the atlas in µm.
    ap_um, dv_um, ml_um : float, optional
        Centre in atlas space in µm: antero-posterior, dorso-ventral, medio-lateral, in the
        atlas' own directions (mouse: CCFv3 AP, DV, ML; human: MNI y, z, x).
    structure_id, structure : int, str, optional
        Structure at the centre: id and acronym.
    species, stain, specimen, note : str, optional
        Facts about the tissue, and free text.
    modality : str, optional
        Which tower of a two-modality encoder made the vector, one of its own names; ``stain`` is
        free text.
    thumbnail : bytes, optional
        A small PNG or JPEG file.
    created : datetime, optional
        When it was embedded; now, if not given.
    """

    vector: NDArray[np.float32]
    kind: str
    source_uri: str
    id: str = ""
    source_sha256: str | None = None
    source_plane: int | None = None
    source_axis: int | None = None
    window: Window | None = None
    pixel_size_um: float | None = None
    atlas: str | None = None
    plate: int | None = None
    position_um: float | None = None
    ap_um: float | None = None
    dv_um: float | None = None
    ml_um: float | None = None
    structure_id: int | None = None
    structure: str | None = None
    species: str | None = None
    stain: str | None = None
    modality: str | None = None
    specimen: str | None = None
    note: str | None = None
    thumbnail: bytes | None = None
    created: datetime | None = None


def row_id(
    kind: str,
    source: str,
    plane: int | None = None,
    axis: int | None = None,
    window: Window | None = None,
) -> str:
    """Return the identifier of what lies at a source: 32 hexadecimal digits, always the same.

    Parameters
    ----------
    kind : str
        One of :data:`KINDS`.
    source : str
        The sha256 of the source file where it is known, its URI otherwise.
    plane, axis, window : optional
        The part of it, as in :class:`Row`.
    """
    parts = [kind, source]
    if plane is not None or axis is not None:
        parts.append(f"plane {plane} axis {axis}")
    if window is not None:
        parts.append(f"window {window.row} {window.column} {window.height} {window.width}")
    text = "\n".join(parts).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]


def collection_schema(
    encoder: str, dim: int, stamps: Mapping[str, str] | None = None
) -> "pa.Schema":
    """Return the Arrow schema of a collection.

    Parameters
    ----------
    encoder : str
        Identity of the encoder that writes it, ``name@hash``; the hash covers its weights and
        its preprocessing.
    dim : int
        Length of its vectors.
    stamps : mapping of str to str, optional
        Further facts to keep in the schema metadata, as ``brainseek.KEY``.
    """
    import pyarrow as pa

    metadata = {ENCODER_KEY: encoder.encode(), FORMAT_KEY: FORMAT.encode()}
    for key, value in (stamps or {}).items():
        metadata[f"brainseek.{key}".encode()] = value.encode()
    types = {
        "id": pa.string(),
        "vector": pa.list_(pa.float32(), dim),
        "kind": pa.string(),
        "source_uri": pa.string(),
        "source_sha256": pa.string(),
        "source_plane": pa.int32(),
        "source_axis": pa.int32(),
        "window_row": pa.int32(),
        "window_column": pa.int32(),
        "window_height": pa.int32(),
        "window_width": pa.int32(),
        "pixel_size_um": pa.float64(),
        "atlas": pa.string(),
        "plate": pa.int32(),
        "position_um": pa.float64(),
        "ap_um": pa.float64(),
        "dv_um": pa.float64(),
        "ml_um": pa.float64(),
        "structure_id": pa.int64(),
        "structure": pa.string(),
        "species": pa.string(),
        "stain": pa.string(),
        "modality": pa.string(),
        "specimen": pa.string(),
        "note": pa.string(),
        "thumbnail": pa.binary(),
        "created": pa.timestamp("us", tz="UTC"),
    }
    required = {"id", "vector", "kind", "source_uri", "created"}
    fields = [pa.field(name, kind, nullable=name not in required) for name, kind in types.items()]
    fields[0] = fields[0].with_metadata({PRIMARY_KEY: b"true"})
    return pa.schema(fields, metadata=metadata)


def rows_to_table(rows: Sequence[Row], schema: "pa.Schema") -> "pa.Table":
    """Return rows as an Arrow table of a collection's schema, checked by :func:`checked_table`."""
    import pyarrow as pa

    dim = schema.field("vector").type.list_size
    for row in rows:
        if np.shape(row.vector) != (dim,):
            raise BrainseekError(
                f"the embedding of {row.source_uri} has shape {np.shape(row.vector)} and the "
                f"collection takes ({dim},); use the encoder that wrote the collection."
            )
    now = datetime.now(UTC)
    columns: dict[str, object] = {
        name: [getattr(row, name) for row in rows]
        for name in schema.names
        if name in Row.__dataclass_fields__ and name != "vector"
    }
    columns["id"] = [
        row.id
        or row_id(
            row.kind,
            row.source_sha256 or row.source_uri,
            row.source_plane,
            row.source_axis,
            row.window,
        )
        for row in rows
    ]
    for side in ("row", "column", "height", "width"):
        columns[f"window_{side}"] = [
            None if row.window is None else getattr(row.window, side) for row in rows
        ]
    columns["created"] = [row.created or now for row in rows]
    vectors = np.array([row.vector for row in rows], np.float32).reshape(len(rows) * dim)
    columns["vector"] = pa.FixedSizeListArray.from_arrays(pa.array(vectors), dim)
    ordered = {name: columns[name] for name in schema.names}
    arrays = [_array(values, schema.field(name)) for name, values in ordered.items()]
    return checked_table(pa.table(arrays, schema=schema), schema)


def checked_table(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """Bring an Arrow table to the schema of a collection and check its content.

    Nullable columns that are missing are filled with nulls and ``created`` with the time of
    day; a missing ``id`` is not.

    Raises
    ------
    BrainseekError
        A column is unknown, missing or of another type, a vector is not of unit length, a kind
        is unknown, or an id is empty, too long or occurs twice.
    """
    import pyarrow as pa

    unknown = sorted(set(table.column_names) - set(schema.names))
    if unknown:
        raise BrainseekError(
            f"'{unknown[0]}' is not a column of a collection; use {', '.join(schema.names)}."
        )
    columns = []
    for field in schema:
        if field.name in table.column_names:
            columns.append(_cast(table[field.name], field))
        elif field.name == "created":
            now = pa.scalar(datetime.now(UTC), field.type)
            columns.append(pa.repeat(now, table.num_rows))
        elif field.nullable:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            raise BrainseekError(f"the rows to add have no column '{field.name}'; give one.")
    whole = pa.table(columns, schema=schema)
    unit_vectors(table_vectors(whole), schema.field("vector").type.list_size)
    _check_kinds(whole["kind"].unique().to_pylist())
    _check_ids(whole["id"])
    return whole


def table_vectors(table: "pa.Table") -> NDArray[np.float32]:
    """Return the ``vector`` column of a table as an array (n, d)."""
    column = table["vector"].combine_chunks()
    values = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(table.num_rows, column.type.list_size)


def _array(values: object, field: "pa.Field") -> "pa.Array":
    import pyarrow as pa

    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise BrainseekError(
            f"a row has a '{field.name}' that can't be stored as {field.type} "
            f"({str(error).splitlines()[0]}); mend it."
        ) from error


def _cast(column: "pa.ChunkedArray", field: "pa.Field") -> "pa.ChunkedArray":
    import pyarrow as pa

    try:
        cast = column.cast(field.type)
    except (pa.ArrowException, ValueError) as error:
        raise BrainseekError(
            f"the column '{field.name}' is {column.type} and can't become {field.type}; "
            "convert it, or use the encoder that wrote the collection."
        ) from error
    if cast.null_count and not field.nullable:
        raise BrainseekError(f"the column '{field.name}' has empty cells; fill them.")
    return cast


def _check_kinds(kinds: Iterable[str]) -> None:
    for kind in kinds:
        if kind not in KINDS:
            raise BrainseekError(
                f"'{kind}' is not a kind of row; choose one of {', '.join(KINDS)}."
            )


def _check_ids(ids: "pa.ChunkedArray") -> None:
    import pyarrow.compute as pc

    lengths = pc.utf8_length(ids)
    if len(ids) and not (pc.min(lengths).as_py() > 0 and pc.max(lengths).as_py() <= 256):
        raise BrainseekError(
            "a row has an id that is empty or longer than 256 characters; mend it."
        )
    if pc.count_distinct(ids).as_py() < len(ids):
        double = pc.mode(ids.dictionary_encode().combine_chunks().indices)[0].as_py()["mode"]
        name = ids.dictionary_encode().combine_chunks().dictionary[double].as_py()
        raise BrainseekError(
            f"the id {name} occurs twice among the rows to add; give every row its own source."
        )
