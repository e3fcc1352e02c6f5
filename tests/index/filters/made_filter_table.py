"""A small table with values that are hard to compare, for conditions on it."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

N = 24
DAY = datetime(2024, 1, 31, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

WORDS = ["CA1", "ca1", "CA3", "", "it's", "a\\b", "50%", "x_y", "É", "two\nlines", 'say "so"', "%"]
VALUES: dict[str, list[Any]] = {
    "structure": [*WORDS, None],
    "stain": ["nissl", "dapi", None],
    "plate": [-3, 0, 1, 2, 40, 2**31 - 1, -(2**31), None],
    "structure_id": [0, 7, -(2**63) + 1, 2**63 - 1, 2**53 + 1, None],
    "position_um": [0.0, -0.0, 1.5, -1e-300, 1e22, math.inf, -math.inf, math.nan, None],
    "weight": [float(np.float32(0.1)), 0.0, -0.0, 2.5, math.nan, None],
    "flag": [True, False, None],
    "created": [DAY, DAY + MICROSECOND, datetime(1600, 1, 1, tzinfo=UTC), None],
    "select": [1, 2, None],
    "Odd Name": ["CA1", None],
}
TYPES = {
    "structure": pa.string(),
    "stain": pa.large_string(),
    "plate": pa.int32(),
    "structure_id": pa.int64(),
    "position_um": pa.float64(),
    "weight": pa.float32(),
    "flag": pa.bool_(),
    "created": pa.timestamp("us", "UTC"),
    "select": pa.int16(),
    "Odd Name": pa.string(),
}
TEXT = ("structure", "stain", "Odd Name")


def made_table() -> pa.Table:
    rng = np.random.default_rng(0)
    columns = {"id": pa.array(range(N), pa.int64())}
    for name, values in VALUES.items():
        cells = [values[i % len(values)] for i in rng.permutation(N)]
        columns[name] = pa.array(cells, TYPES[name])
    columns["vector"] = pa.FixedSizeListArray.from_arrays(pa.array(np.ones(N, np.float32)), 1)
    columns["thumbnail"] = pa.array([b"png"] * N)
    return pa.table(columns)


TABLE = made_table()
ROWS = TABLE.to_pylist()
