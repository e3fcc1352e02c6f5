"""ImageNet weights of MobileNet v1 (0.75) from the data set ``imagenet-weights`` as torch state."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from brainseek.catalog.datasets.store import dataset_path

_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def mobilenetv1_state(trunk: nn.Module) -> dict[str, Tensor]:
    """Keras-layout arrays renamed and transposed for `mobilenet.MobileNetV1`.

    The first convolution's kernel (height, width, RGB, out) is summed over the colours: the same
    answer as feeding the gray picture three times.

    Raises
    ------
    BrainseekError
        If the data set is not on this machine.
    """
    path = dataset_path("imagenet-weights") / "mobilenet_v1_0.75_224_imagenet.npz"
    arrays = dict(np.load(path))
    layers: dict[str, str] = {"conv_stem": "conv1", "bn1": "conv1_bn"}
    blocks = sorted({name.rsplit(".", 2)[0] for name in trunk.state_dict() if "conv_dw" in name})
    for number, block in enumerate(blocks, start=1):
        layers[f"{block}.conv_dw"] = f"conv_dw_{number}"
        layers[f"{block}.bn1"] = f"conv_dw_{number}_bn"
        layers[f"{block}.conv_pw"] = f"conv_pw_{number}"
        layers[f"{block}.bn2"] = f"conv_pw_{number}_bn"
    state: dict[str, Tensor] = {}
    for name, current in trunk.state_dict().items():
        layer, kind = name.rsplit(".", 1)
        if kind == "num_batches_tracked":
            state[name] = current
            continue
        source = layers[layer]
        if layer.endswith(("bn1", "bn2")):
            value = arrays[f"{source}/{_NORM[kind]}"]
        elif "conv_dw" in layer:
            value = arrays[f"{source}/depthwise_kernel"].transpose(2, 3, 0, 1)
        else:
            value = arrays[f"{source}/kernel"].transpose(3, 2, 0, 1)
            if layer == "conv_stem":
                value = value.sum(1, keepdims=True)
        state[name] = torch.from_numpy(np.ascontiguousarray(value))
    return state
