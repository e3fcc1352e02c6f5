"""MobileNet v1 in plain torch, for gray pictures, and its ImageNet weights.

Same layers and parameter names as timm's ``mobilenetv1`` with TensorFlow's padding (a test compares
the two), but importing it does not cost the seconds that importing timm does.
Source: Howard et al. 2017, arXiv:1704.04861, table 1.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from brainseek.catalog.datasets.store import dataset_path

# Output channels at width 1 and stride of the 13 blocks, grouped by resolution.
_STAGES = (
    ((64, 1),),
    ((128, 2), (128, 1)),
    ((256, 2), (256, 1)),
    ((512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1)),
    ((1024, 2), (1024, 1)),
)
_NORM_EPSILON = 1e-3


def _same_padding(length: int, stride: int) -> tuple[int, int]:
    """TensorFlow's "same" padding of a 3-wide kernel: the odd pixel goes to the end."""
    total = max((-(-length // stride) - 1) * stride + 3 - length, 0)
    return total // 2, total - total // 2


class _SameConv(nn.Conv2d):
    """3×3 convolution with TensorFlow's "same" padding, (n, c, h, w)."""

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int = 1) -> None:
        super().__init__(inputs, outputs, 3, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        stride = self.stride[0]
        if stride == 1:
            return functional.conv2d(x, self.weight, None, 1, 1, 1, self.groups)
        top, bottom = _same_padding(x.shape[2], stride)
        left, right = _same_padding(x.shape[3], stride)
        x = functional.pad(x, (left, right, top, bottom))
        return functional.conv2d(x, self.weight, None, stride, 0, 1, self.groups)


class _Separable(nn.Module):
    """Depthwise 3×3, then pointwise 1×1, each with batch norm and ReLU6."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = _SameConv(inputs, inputs, stride, groups=inputs)
        self.bn1 = nn.BatchNorm2d(inputs, eps=_NORM_EPSILON)
        self.conv_pw = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs, eps=_NORM_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu6(self.bn1(self.conv_dw(x)), inplace=True)
        return functional.relu6(self.bn2(self.conv_pw(x)), inplace=True)


class MobileNetV1(nn.Module):
    """(n, 1, side, side) → feature map (n, 1024 · width, side / 32, side / 32)."""

    def __init__(self, width: float = 0.75) -> None:
        super().__init__()
        channels = int(32 * width)
        self.conv_stem = _SameConv(1, channels, 2)
        self.bn1 = nn.BatchNorm2d(channels, eps=_NORM_EPSILON)
        stages = []
        for stage in _STAGES:
            blocks = []
            for outputs, stride in stage:
                blocks.append(_Separable(channels, int(outputs * width), stride))
                channels = int(outputs * width)
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        self.num_features = channels

    def forward(self, x: Tensor) -> Tensor:
        """Feature map of a batch of pictures."""
        return self.stages(x, len(_STAGES))

    def stages(self, x: Tensor, count: int) -> Tensor:
        """Feature map after the first ``count`` of the 5 resolutions, whose stride is 2^count."""
        x = functional.relu6(self.bn1(self.conv_stem(x)), inplace=True)
        out: Tensor = self.blocks[:count](x)
        return out


_ARRAYS = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def mobilenetv1_state(trunk: nn.Module) -> dict[str, Tensor]:
    """Keras-layout arrays of ``imagenet-weights``, renamed and transposed for `MobileNetV1`.

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
            value = arrays[f"{source}/{_ARRAYS[kind]}"]
        elif "conv_dw" in layer:
            value = arrays[f"{source}/depthwise_kernel"].transpose(2, 3, 0, 1)
        else:
            value = arrays[f"{source}/kernel"].transpose(3, 2, 0, 1)
            if layer == "conv_stem":
                value = value.sum(1, keepdims=True)
        state[name] = torch.from_numpy(np.ascontiguousarray(value))
    return state
