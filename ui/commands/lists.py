"""``brainseek atlas list`` and ``brainseek encoder list``."""

import click
from rich.console import Console
from rich.table import Table

from brainseek.catalog.atlases.registry import atlas_names, load_atlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.registry import KINDS, encoder_names, read_card


@click.group()
def atlas() -> None:
    """The atlases."""


@click.group()
def encoder() -> None:
    """The encoders."""


@atlas.command(name="list")
def atlas_list() -> None:
    """Show the atlases with their plates and what positions mean.

    Atlases that are cut from a volume have plates of other planes too, e.g. mouse-ccf@sagittal.
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("atlas", no_wrap=True)
    for column in ("plates", "position", "other planes", "what"):
        table.add_column(column, overflow="fold")
    for name in atlas_names():
        try:
            found = load_atlas(name)
            plates = str(len(found.plates))
        except BrainseekError as error:
            table.add_row(name, "-", "-", "-", f"not on this machine: {error}")
            continue
        others = " ".join(f"@{plane}" for plane in found.other_planes) or "-"
        table.add_row(name, plates, found.axis, others, found.description)
    Console().print(table)


@encoder.command(name="list")
def encoder_list() -> None:
    """Show the released encoders: what they find, and the size of their embeddings."""
    table = Table(box=None, pad_edge=False)
    for column in ("encoder", "finds", "dimensions", "what"):
        table.add_column(column, overflow="fold")
    for task in KINDS:
        for card in map(read_card, encoder_names(task)):
            table.add_row(card.identity, card.finds, str(card.dim), card.description)
    Console().print(table)
