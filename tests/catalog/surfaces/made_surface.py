"""Meshes with closed forms: icosphere, flat grid, cylinder."""

import numpy as np

from brainseek.catalog.surfaces.surface import Surface


def surface(vertices_um, faces, **given) -> Surface:
    """Return a left hemisphere that is all cortex."""
    n = len(vertices_um)
    fields = {"name": "made", "hemisphere": np.zeros(n, np.int8), "cortex": np.ones(n, bool),
              "space": "made", **given}  # fmt: skip
    return Surface(vertices_um=vertices_um, faces=faces, **fields)


def icosphere(rounds: int, radius_um: float = 50_000.0):
    """Return vertices and outward faces of a sphere: 10 · 4^rounds + 2 vertices."""
    g = (1 + 5**0.5) / 2
    vertices = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g),
                (0, 1, -g), (g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]  # fmt: skip
    faces = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4),
             (11, 10, 2), (10, 7, 6), (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8),
             (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1)]  # fmt: skip
    for _ in range(rounds):
        middle: dict[tuple[int, int], int] = {}
        finer = []
        for a, b, c in faces:
            between = []
            for p, q in ((a, b), (b, c), (c, a)):
                key = (min(p, q), max(p, q))
                if key not in middle:
                    middle[key] = len(vertices)
                    vertices.append(tuple(np.add(vertices[p], vertices[q]) / 2))
                between.append(middle[key])
            ab, bc, ca = between
            finer += [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
        faces = finer
    points = np.array(vertices, float)
    points *= radius_um / np.linalg.norm(points, axis=1, keepdims=True)
    return points, np.array(faces, np.int32)


def grid(n: int, step_um: float = 1000.0):
    """Return a flat square of n x n vertices in the plane z = 0; seen from +z."""
    rows, columns = np.mgrid[:n, :n]
    vertices = np.stack([columns.ravel(), rows.ravel(), np.zeros(n * n)], axis=1) * step_um
    faces = []
    for r in range(n - 1):
        for c in range(n - 1):
            a, b, d, e = r * n + c, r * n + c + 1, (r + 1) * n + c, (r + 1) * n + c + 1
            faces += [(a, b, e), (a, e, d)] if (r + c) % 2 else [(a, b, d), (b, e, d)]
    return vertices, np.array(faces, np.int32)


def cylinder(around: int, high: int, radius_um: float = 10_000.0, step_um: float = 1000.0):
    """Return an open tube along z, vertex (height, angle) at height · around + angle."""
    angle = 2 * np.pi * np.arange(around) / around
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(around)], axis=1) * radius_um
    vertices = np.concatenate([ring + np.array([0, 0, k * step_um]) for k in range(high)])
    faces = []
    for k in range(high - 1):
        for i in range(around):
            j = (i + 1) % around
            a, b, c, d = (k * around + i, k * around + j, (k + 1) * around + i,
                          (k + 1) * around + j)  # fmt: skip
            faces += [(a, b, d), (a, d, c)]
    return vertices, np.array(faces, np.int32)


def two_spheres(rounds: int) -> Surface:
    """Return a left and a right sphere that don't touch."""
    vertices, faces = icosphere(rounds, 30_000.0)
    n, aside = len(vertices), np.array([40_000, 0, 0])
    return surface(
        np.concatenate([vertices - aside, vertices + aside]),
        np.concatenate([faces, faces + n]),
        hemisphere=np.repeat([0, 1], n),
    )
