"""``brainseek atlas list`` and ``brainseek encoder list``."""

from collections.abc import Iterator

import click


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
    from rich.console import Console
    from rich.table import Table

    from brainseek.catalog.atlases.registry import atlas_names, load_atlas
    from brainseek.catalog.core.errors import BrainseekError
    from brainseek.catalog.volumes.volume import ORIENTATIONS

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
        planes = [f"@{plane}" for plane in ORIENTATIONS if plane != found.orientation]
        others = "-" if found.cut_atlas is not None else " ".join(planes)
        table.add_row(name, plates, found.axis, others, found.description)
    Console().print(table)


@encoder.command(name="list")
def encoder_list() -> None:
    """Show the released encoders: what they find, and the size of their embeddings."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("encoder", "finds", "dimensions", "what"):
        table.add_column(column, overflow="fold")
    for identity, finds, dim, description in (*_plates(), *_places(), *_pairs()):
        table.add_row(identity, finds, str(dim), description)
    Console().print(table)


_Entry = tuple[str, str, int, str]


def _plates() -> Iterator[_Entry]:
    from brainseek.embedder.cards.plates import encoder_names, read_card

    for card in map(read_card, encoder_names()):
        yield card.identity, f"plates of {card.atlas}", card.dim, card.description


def _places() -> Iterator[_Entry]:
    from brainseek.embedder.cards.cortex import place_encoder_names, read_place_card

    for card in map(read_place_card, place_encoder_names()):
        planes = "plane" if card.view.planes == 1 else "planes"
        finds = f"places on {card.surface}, from {card.view.planes} {planes}"
        yield card.identity, finds, card.dim, card.description


def _pairs() -> Iterator[_Entry]:
    from brainseek.embedder.cards.multimodal import cross_encoder_names, read_cross_card

    for card in map(read_cross_card, cross_encoder_names()):
        yield card.identity, " and ".join(card.modalities), card.dim, card.description
