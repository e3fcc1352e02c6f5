"""Vectors are mapped at the address of a float, also beside a library with the same C++ types."""

import subprocess
import sys
from pathlib import Path

import pytest

from brainseek.catalog.core.paths import PROJECT_ROOT

CHECK = """
import sys
import SimpleITK
import faiss, numpy as np
from pathlib import Path
from brainseek.index.vector_cache.vector_file import read_vectors, vectors_of, write_vectors
for n, d in ((0, 3), (5, 3), (100, 256)):
    vectors = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    flat = faiss.IndexFlatIP(d)
    flat.add(vectors)
    write_vectors(flat, Path(sys.argv[1]))
    read, owner = read_vectors(Path(sys.argv[1]), mapped=n > 0)
    found = vectors_of(read)
    assert found.flags.aligned and np.array_equal(found, vectors), (n, d)
print("fine")
"""


def test_vectors_come_back_aligned_beside_simpleitk(tmp_path: Path) -> None:
    pytest.importorskip("SimpleITK")
    pytest.importorskip("faiss")
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(tmp_path / "v.faiss")],
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
    )
    assert done.stdout == "fine\n", done.stderr
