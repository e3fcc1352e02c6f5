"""Exact vectors in a FAISS file, laid out so that they can be mapped into memory and used there."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ALIGNMENT = 4  # bytes of a float; at other places numpy copies all vectors for every product


def write_vectors(flat: Any, path: Path) -> None:
    """Write a ``faiss.IndexFlatIP``.

    The header of a flat index is 45 bytes long. Empty transformations, which change nothing, are
    put around it until the vectors begin at a multiple of four bytes.
    """
    import faiss

    # Sizes are taken from files: serialize_index fails in a process that has loaded SimpleITK,
    # whose proxy of the same C++ vector it is then given.
    empty, wrapped = faiss.IndexFlatIP(flat.d), flat
    faiss.write_index(empty, str(path))
    while path.stat().st_size % _ALIGNMENT:
        empty, wrapped = faiss.IndexPreTransform(empty), faiss.IndexPreTransform(wrapped)
        faiss.write_index(empty, str(path))
    faiss.write_index(wrapped, str(path))


def read_vectors(path: Path, mapped: bool = True) -> tuple[Any, Any]:
    """Read a file of :func:`write_vectors`.

    Returns
    -------
    (faiss.IndexFlatIP, object)
        The index, and what must be kept as long as it is used.
    """
    import faiss

    owner = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if mapped else 0)
    flat = owner
    while isinstance(flat, faiss.IndexPreTransform):
        flat = faiss.downcast_index(flat.index)
    return flat, owner


def vectors_of(flat: Any) -> NDArray[np.float32]:
    """Return the vectors inside a flat index as an array (n, d) that shares its memory."""
    import faiss

    if flat.ntotal == 0:
        return np.empty((0, flat.d), np.float32)
    array: NDArray[np.float32] = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d)
    return array.reshape(flat.ntotal, flat.d)
