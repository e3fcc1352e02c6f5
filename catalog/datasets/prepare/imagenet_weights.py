"""MobileNet v1 weights: TensorFlow.js shards to one NumPy archive, values unchanged."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.manifest import DataSet

ARCHIVE = "mobilenet_v1_0.75_224_imagenet.npz"


def read_tensors(model: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the float32 tensors that a TensorFlow.js ``model.json`` describes, by name.

    Each group of the weights manifest names its shard files, whose bytes are joined, and its
    tensors, which lie one behind the other in C order.
    """
    groups = json.loads(model.read_text(encoding="utf-8"))["weightsManifest"]
    tensors: dict[str, np.ndarray[Any, Any]] = {}
    for group in groups:
        content = b"".join((model.parent / path).read_bytes() for path in group["paths"])
        start = 0
        for weight in group["weights"]:
            if weight["dtype"] != "float32" or "quantization" in weight:
                raise BrainseekError(
                    f"Tensor {weight['name']} in {model.name} is not plain float32; check the "
                    "pinned commit in data_manifest.yaml."
                )
            shape = tuple(weight["shape"])
            count = int(np.prod(shape, dtype=np.int64))
            values = np.frombuffer(content, "<f4", count, start)
            tensors[weight["name"]] = values.reshape(shape).astype(np.float32)
            start += 4 * count
        if start != len(content):
            raise BrainseekError(
                f"The shards {', '.join(group['paths'])} hold {len(content)} bytes, but "
                f"{model.name} describes {start}; check the pinned commit in data_manifest.yaml."
            )
    return tensors


def prepare(raw: Path, out: Path, data_set: DataSet) -> None:
    """Write the prepared folder (see `brainseek.catalog.datasets.prepare`)."""
    tensors: dict[str, Any] = read_tensors(raw / "model/mobilenet_v1_075_224/model.json")
    np.savez_compressed(out / ARCHIVE, **tensors)
