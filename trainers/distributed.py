"""The little that data-parallel training needs: who am I, gather with gradient, average."""

import os

import torch
import torch.distributed as dist
from torch import Tensor


def start() -> tuple[int, int]:
    """Join the process group that torchrun announces; ``(rank, world size)``, (0, 1) without."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return 0, 1
    if not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return dist.get_rank(), dist.get_world_size()


def wait() -> None:
    """Wait until all ranks are here."""
    if dist.is_initialized():
        dist.barrier()


def device() -> torch.device:
    """GPU of this process, or the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def gather(values: Tensor) -> Tensor:
    """Concatenate the batches of all ranks along the first axis; gradients flow back to all."""
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return values
    if values.requires_grad:
        from torch.distributed.nn.functional import all_gather

        return torch.cat(list(all_gather(values)))
    parts = [torch.empty_like(values) for _ in range(dist.get_world_size())]
    dist.all_gather(parts, values)
    return torch.cat(parts)


def average_gradients(parameters: list[torch.nn.Parameter]) -> None:
    """Average the gradients over ranks.

    Every rank's loss covers the gathered batch, and gathering sums the gradients of all ranks, so
    the average is the gradient of the loss of the whole batch.
    """
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return
    for parameter in parameters:
        if parameter.grad is not None:
            dist.all_reduce(parameter.grad)
            parameter.grad /= dist.get_world_size()


def stop() -> None:
    """Leave the process group."""
    if dist.is_initialized():
        dist.destroy_process_group()
