"""Reading a cache: only if every checksum is right."""

from pathlib import Path

from brainseek.index.vector_cache.approximate import ApproximateIndex
from brainseek.index.vector_cache.cache import BUILD, CODES, CURRENT, ROWS, STAMP, VECTORS, Cache
from brainseek.index.vector_cache.exact import ExactIndex
from brainseek.index.vector_cache.gpu import gpu_index
from brainseek.index.vector_cache.stamp import Stamp, digests
from brainseek.index.vector_cache.vector_file import read_vectors, vectors_of


def load_cache(place: Path, encoder: str) -> tuple[Cache | None, str]:
    """Read the cache that is there.

    Returns
    -------
    (Cache or None, str)
        None when there is none or it can't be trusted; then the text says why.
    """
    try:
        name = (place / CURRENT).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None, "there is none yet"
    except (OSError, ValueError):
        name = ""
    if not BUILD.fullmatch(name):
        return None, f"{place / CURRENT} is damaged: it names no cache"
    folder = place / name
    try:
        stamp = Stamp.from_json((folder / STAMP).read_text(encoding="utf-8"))
        if stamp.encoder != encoder:
            return None, f"it belongs to encoder {stamp.encoder}"
        found = digests(folder, stamp.files)
        wrong = [name for name, digest in stamp.files.items() if found[name] != digest]
        if wrong:
            return None, f"{folder / wrong[0]} is damaged: its checksum is wrong"
        return read_cache(folder, stamp), ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        return None, f"{folder} is damaged ({str(error).splitlines()[0] if str(error) else error})"


def read_cache(folder: Path, stamp: Stamp) -> Cache:
    """Map the files of a cache, whose checksums are not looked at here.

    Raises
    ------
    OSError, ValueError, RuntimeError
        A file can't be read, or they don't fit together.
    """
    import faiss
    import pyarrow as pa

    # The vectors are mapped, not loaded; a file of no rows can't be mapped.
    flat, owner = read_vectors(folder / VECTORS, mapped=stamp.rows > 0)
    with pa.memory_map(str(folder / ROWS)) as source:
        rows = pa.ipc.open_file(source).read_all()
    if not (flat.ntotal == rows.num_rows == stamp.rows and flat.d == stamp.dim):
        raise ValueError("its files don't fit together")
    approximate = None
    if stamp.setting is not None:
        codes = faiss.read_index(str(folder / CODES))
        if codes.ntotal != stamp.rows:
            raise ValueError("its files don't fit together")
        approximate = ApproximateIndex(codes, flat, stamp.setting)
    exact = ExactIndex(vectors_of(flat), checked=True)
    return Cache(stamp, exact, approximate, rows, owner, gpu_index(flat))
