"""Distances along the cortex: time, memory and error of the heat method, pygeodesic and Dijkstra.

``python -m benchmarks.cortex.engine``. Every method runs in a process of its own. The finer mesh
is fsaverage5 with each triangle split into 16 in its own plane, so that exact distances between the
old vertices stay what they are.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report.in_process import in_process
from benchmarks.report.report import Report, run
from benchmarks.report.table import Table
from benchmarks.shared.resources import peak_mb
from brainseek.catalog.surfaces.geodesic_engines import Engine, Exact, Graph, Heat
from brainseek.catalog.surfaces.mesh import directed_edges, part_mesh
from brainseek.catalog.surfaces.registry import load_surface

SOURCES, EXACT_SOURCES_FINE, TRUTH_SOURCES = 256, 4, 16
"""Of every method; of exact distances on the finer mesh; with known exact distances."""
SPLITS = {"10k": 0, "160k": 2}


class PaperHeat(Heat):
    """The heat method with the time of the paper."""

    @classmethod
    def time_of(cls, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> float:
        """Return one squared edge length."""
        return 1.0


METHODS: dict[str, type[Engine]] = {
    "heat method (potpourri3d), as used": Heat,
    "heat method, time of the paper": PaperHeat,
    "exact (pygeodesic)": Exact,
    "shortest path along edges (SciPy)": Graph,
}
NEAR_MM, FAR_MM = 5.0, 30.0
COLUMNS = {
    "method": "{name}",
    "vertices": "{vertices:,}",
    "sources": "{count}",
    "setup (s)": "{setup_s:.2f}",
    "ms per source": "{per_source_ms:,.1f}",
    f"{SOURCES} sources (s)": "{whole_s:,.1f}{extrapolated}",
    "growth (MiB)": "{growth_mb:,.0f}",
    "error (mm)": "{error_mm:.2f}",
    "largest (mm)": "{largest_mm:.1f}",
    "relative, over 5 mm": "{relative_percent:.1f} %",
    "relative, 5 to 30 mm": "{relative_near_percent:.1f} %",
}


def split(
    vertices: NDArray[np.float64], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Split every triangle into four at the middles of its edges; old vertices keep numbers."""
    edges, place = np.unique(np.sort(directed_edges(faces), axis=1), axis=0, return_inverse=True)
    ab, bc, ca = (place.reshape(3, -1) + len(vertices)).astype(np.int32)
    a, b, c = faces.T
    finer = [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
    middles = vertices[edges].mean(axis=1)
    return np.concatenate([vertices, middles]), np.concatenate(
        [np.stack(corners, axis=1) for corners in finer]
    )


def mesh_of(splits: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the left pial surface of fsaverage5 in mm, split so many times."""
    whole = load_surface("fsaverage5")
    members = np.flatnonzero(whole.side("left"))
    vertices, faces = part_mesh(whole.vertices_um / 1000, whole.faces, members)
    for _ in range(splits):
        vertices, faces = split(vertices, faces)
    return vertices, faces


def sources_of(vertices: int, count: int) -> list[int]:
    """Return some vertices of the unsplit mesh, the same first ones however many are wanted."""
    return [int(one) for one in np.random.default_rng(0).permutation(vertices)[:count]]


def measure_one(name: str, size: str, count: int, exact_file: str) -> dict[str, Any]:
    """Measure one method on one mesh.

    Parameters
    ----------
    name : str
        One of `METHODS`.
    size : str
        One of `SPLITS`.
    count : int
        Number of sources.
    exact_file : str
        NumPy file of exact distances from the first sources, (sources, old vertices) in mm; errors
        are taken from them.
    """
    truth = np.load(exact_file)
    vertices, faces = mesh_of(SPLITS[size])
    n_old = truth.shape[1]
    sources = sources_of(n_old, count)
    start_mb = peak_mb()
    begun = time.perf_counter()
    engine = METHODS[name](vertices, faces)
    setup_s = time.perf_counter() - begun
    begun = time.perf_counter()
    found = np.array([engine.distances(source)[:n_old] for source in sources])[: len(truth)]
    each_s = (time.perf_counter() - begun) / count
    exact = truth[: len(found)]
    off = np.abs(found - exact)
    far, near = exact > NEAR_MM, (exact > NEAR_MM) & (exact < FAR_MM)
    return {
        "name": name,
        "vertices": len(vertices),
        "count": count,
        "setup_s": setup_s,
        "per_source_ms": 1000 * each_s,
        "whole_s": setup_s + each_s * SOURCES,
        "extrapolated": "" if count == SOURCES else " (extrapolated)",
        "growth_mb": peak_mb() - start_mb,
        "error_mm": float(off.mean()),
        "largest_mm": float(off.max()),
        "relative": float((off[far] / exact[far]).mean()),
        "relative_near": float((off[near] / exact[near]).mean()),
    }


def engine_table(count: int) -> Table:
    """Measure every method on every mesh, each in a new process.

    Parameters
    ----------
    count : int
        Sources of every method; exact distances on the finer mesh take at most 4.

    Raises
    ------
    BrainseekError
        If a package is missing or a process failed.
    """
    whole = load_surface("fsaverage5")
    Heat.check(whole)
    Exact.check(whole)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder) / "truth.npy"
        vertices, faces = mesh_of(0)
        exact = Exact(vertices, faces)
        few = sources_of(len(vertices), min(count, TRUTH_SOURCES))
        np.save(truth, [exact.distances(source) for source in few])
        for size in SPLITS:
            for name, method in METHODS.items():
                slow = method is Exact and size == "160k"
                number = min(count, EXACT_SOURCES_FINE) if slow else count
                one = in_process(measure_one, name, size, number, str(truth))
                shares = ("relative", "relative_near")
                found.append(one | {f"{key}_percent": 100 * one[key] for key in shares})
    return Table.of(
        "Engines on the left pial surface of fsaverage5",
        COLUMNS,
        found,
        (
            "One process after the other, one source at a time. Growth is that of the peak of "
            "resident memory over the loaded mesh.",
            f"Errors are those of the distances from the first {len(few)} sources (or as many as "
            "were measured) to the 10,242 vertices of the unsplit mesh, against exact distances "
            "there. The split mesh is the same polyhedron, so its exact distances are equal.",
        ),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cortex.engine")
    parser.add_argument("--sources", type=int, default=SOURCES, metavar="N")
    run("cortex.engine", parser, measure)


def measure(options: argparse.Namespace) -> Report:
    """Measure everything."""
    claim = "Distances along the cortex: time, memory and error of three methods."
    return Report(claim, (engine_table(options.sources),))


if __name__ == "__main__":
    main()
