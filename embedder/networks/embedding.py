"""Networks that turn a gray square into a unit vector: a trunk, average pooling, one linear layer.

Trunks are named data: ``build_network("mobilenetv1_075", dim=128)``. A name of the form
``timm/NAME`` takes any timm backbone, fed with one gray channel.
"""

import ctypes
import itertools
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from brainseek.catalog.core.errors import BrainseekError

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Parameters of glibc's mallopt(3)."""

TrunkBuilder = Callable[[bool], nn.Module]
_TRUNKS: dict[str, TrunkBuilder] = {}


def register_trunk(name: str) -> Callable[[TrunkBuilder], TrunkBuilder]:
    """Make a builder ``(pretrained) -> trunk`` known under ``name``."""

    def decorate(build: TrunkBuilder) -> TrunkBuilder:
        _TRUNKS[name] = build
        return build

    return decorate


def trunk_names() -> list[str]:
    """Names of the built-in trunks, sorted."""
    return sorted(_TRUNKS)


class EmbeddingNetwork(nn.Module):
    """Trunk → average pooling → linear layer → L2 normalisation.

    Parameters
    ----------
    trunk : nn.Module
        Maps (n, inputs, side, side) to a feature map (n, channels, rows, columns); has
        ``num_features``. Most take one input channel.
    dim : int
        Length of the embedding.
    """

    def __init__(self, trunk: nn.Module, dim: int) -> None:
        super().__init__()
        self.trunk = trunk
        features: Any = trunk.num_features
        self.head = nn.Linear(int(features), dim)

    def features(self, images: Tensor) -> Tensor:
        """Pooled trunk features, (n, inputs, side, side) in 0..1 → (n, channels)."""
        maps: Tensor = self.trunk(images * 2.0 - 1.0)
        return maps.mean((2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Unit-length embeddings, (n, inputs, side, side) in 0..1 → (n, dim)."""
        return functional.normalize(self.head(self.features(images)), dim=1)


def build_network(trunk: str, dim: int, *, pretrained: bool = False) -> EmbeddingNetwork:
    """Build a network by the name of its trunk.

    Raises
    ------
    BrainseekError
        If the name is unknown, or pretrained weights can't be had.
    """
    if trunk in _TRUNKS:
        return EmbeddingNetwork(_TRUNKS[trunk](pretrained), dim)
    if trunk.startswith("timm/"):
        return EmbeddingNetwork(_timm_trunk(trunk.removeprefix("timm/"), pretrained), dim)
    raise BrainseekError(
        f"Unknown network trunk '{trunk}': choose one of {', '.join(trunk_names())}, or "
        "timm/NAME for a timm backbone."
    )


def _timm_trunk(name: str, pretrained: bool) -> nn.Module:
    import timm

    if not timm.is_model(name):
        near = (
            ", ".join(timm.list_models(f"*{name.split('.')[0][:8]}*")[:5]) or "timm.list_models()"
        )
        raise BrainseekError(f"timm has no backbone '{name}': see {near}.")
    try:
        trunk: nn.Module = timm.create_model(
            name, pretrained=pretrained, in_chans=1, num_classes=0, global_pool=""
        )
    except Exception as error:
        raise BrainseekError(
            f"The ImageNet weights of '{name}' can't be fetched ({type(error).__name__}): connect "
            "to the internet, or set 'pretrained: false' in the recipe."
        ) from error
    return trunk


@register_trunk("mobilenetv1_075")
def mobilenetv1_075(pretrained: bool) -> nn.Module:
    """MobileNet v1 at width 0.75 (1.8 M parameters).

    ``pretrained`` starts from the ImageNet weights of the data set ``imagenet-weights``, the three
    colour channels summed to one.
    """
    from brainseek.embedder.networks.mobilenet import MobileNetV1, mobilenetv1_state

    trunk = MobileNetV1(0.75)
    if pretrained:
        trunk.load_state_dict(mobilenetv1_state(trunk))
    return trunk


class _Residual(nn.Module):
    """Two 3×3 convolutions with batch norm around an identity or a strided 1×1 short cut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.short = (
            nn.Identity()
            if inputs == outputs and stride == 1
            else nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.body(x) + self.short(x))


WIDTHS = (16, 32, 64, 112, 160)


class GrayNet(nn.Sequential):
    """Small residual network of our own for gray pictures on a CPU (0.7 M parameters)."""

    num_features = 160

    def __init__(self, inputs: int = 1, widths: tuple[int, ...] = WIDTHS) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, widths[0], 5, 2, 2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        ]
        layers += [_Residual(inputs, outputs, 2) for inputs, outputs in itertools.pairwise(widths)]
        super().__init__(*layers)

    def stages(self, x: Tensor, count: int) -> Tensor:
        """Feature map after the first ``count`` of the 5 resolutions, whose stride is 2^count."""
        for layer in list(self)[: 2 + count]:
            x = layer(x)
        return x


@register_trunk("graynet")
def graynet(pretrained: bool) -> nn.Module:
    """:class:`GrayNet`; it has no ImageNet weights, so ``pretrained`` is refused."""
    return _own(GrayNet(), "graynet", pretrained)


@register_trunk("graynet-planes")
def graynet_planes(pretrained: bool) -> nn.Module:
    """:class:`GrayNet` for the three planes of a block as input channels; not ``pretrained``."""
    return _own(GrayNet(inputs=3), "graynet-planes", pretrained)


@register_trunk("mlp")
def mlp(pretrained: bool) -> nn.Module:
    """:class:`~embedder.networks.profile_net.ProfileNet` for vectors (1, 1, 57), no pictures."""
    from brainseek.embedder.networks.profile_net import ProfileNet

    return _own(ProfileNet(), "mlp", pretrained)


def _own(trunk: nn.Module, name: str, pretrained: bool) -> nn.Module:
    if pretrained:
        raise BrainseekError(
            f"The trunk '{name}' has no ImageNet weights: set 'pretrained: false' in the recipe."
        )
    return trunk


def count_parameters(network: nn.Module) -> int:
    """Number of learnable values."""
    return sum(parameter.numel() for parameter in network.parameters())


def export_state(network: nn.Module) -> dict[str, Tensor]:
    """State to be stored: half precision for weights, counters left out."""
    return {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def restore_state(network: nn.Module, state: dict[str, Tensor]) -> None:
    """Load a stored state; every tensor must be present with its shape.

    Raises
    ------
    BrainseekError
        If tensors are missing, unexpected or of another shape.
    """
    try:
        result = network.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    except RuntimeError as error:
        raise BrainseekError(f"The weights do not fit the network: {error}.") from error
    missing = [name for name in result.missing_keys if not name.endswith("num_batches_tracked")]
    if missing or result.unexpected_keys:
        odd = (missing + list(result.unexpected_keys))[0]
        raise BrainseekError(f"The weights do not fit the network: '{odd}' is on one side only.")


def keep_freed_memory() -> bool:
    """Tell glibc's allocator to reuse the large buffers of a network on the CPU.

    Without it every layer's output is mapped anew and zeroed by the kernel, which takes about half
    of the time of a training step of a small network. Returns whether it was done; allocators other
    than glibc's are left alone.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, 2**31 - 1))
