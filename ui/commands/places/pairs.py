"""``brainseek pairs``: make pairs of stains, keep them, draw them, index them."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from tqdm import tqdm

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import cache_dir
from brainseek.catalog.core.whole_file import writable_folder, write_whole
from brainseek.catalog.pairs.section_pair import SectionPair
from brainseek.catalog.pairs.store import save_pairs
from brainseek.embedder.multimodal_encoder import MultimodalEncoder
from brainseek.embedder.registry import load_encoder
from brainseek.index.fill.pairs import index_pairs
from brainseek.registration.pairs import nissl_af, other_stains, serial_nissl
from brainseek.ui.commands.options.settings import with_settings
from brainseek.ui.commands.options.shared import (
    FOLDER,
    MICROMETRES,
    encoder_option,
    weights_option,
)
from brainseek.ui.reports.pairs_picture import pair_picture, pairs_sheet

NAMES = ("nissl-af", "serial-af", "nissl-ish", "cellbody-pli", "pli")
_REGISTERED = ("nissl-af", "serial-af")


@dataclass(frozen=True)
class PatchCollection:
    """The collection that gets patches of both stains, if one was named.

    Raises
    ------
    BrainseekError
        One of collection and encoder was given without the other.
    """

    collection: str | None
    encoder: str | None
    stride_um: float
    weights: Path | None

    def __post_init__(self) -> None:
        """Refuse half of a question."""
        if (self.collection is None) != (self.encoder is None):
            raise BrainseekError(
                "--collection and --encoder go together: name the collection and who embeds the "
                "patches."
            )

    def fill(self, made: list[SectionPair], name: str) -> None:
        """Write the patches of pairs, and say how to go on."""
        if self.collection is None or self.encoder is None:
            return
        encoder = load_encoder(self.encoder, folder=self.weights, kind=MultimodalEncoder)
        done = index_pairs(made, self.collection, encoder, self.stride_um, name=name)
        click.echo(f"{done.rows} rows written to {self.collection}")
        first, second = made[0].modalities
        click.echo(
            f"next: brainseek search {shlex.quote(self.collection)} PATCH --modality {first} "
            f"--find {second}"
        )


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option(
    "--out",
    type=FOLDER,
    metavar="DIR",
    help="Where the pairs are kept.  [default: pairs/NAME in the cache]",
)
@click.option("--picture", type=FOLDER, metavar="DIR", help="Draw every pair into this folder.")
@click.option(
    "--path",
    type=FOLDER,
    metavar="DIR",
    help="Folder of the files of nissl-ish, cellbody-pli, pli.",
)
@click.option(
    "--pixel-size",
    "pixel_size_um",
    type=MICROMETRES,
    metavar="UM",
    help="Pixel size in µm that is assumed for pli, which records none.  [default: 25]",
)
@with_settings(
    "patches",
    PatchCollection,
    click.option("--collection", metavar="URI", help="Write patches of both stains here too."),
    encoder_option("none; needed with --collection"),
    click.option(
        "--stride-um",
        type=MICROMETRES,
        default=400.0,
        show_default=True,
        metavar="UM",
        help="Step between the patches of --collection.",
    ),
    weights_option("two-modality"),
)
def pairs(
    name: str,
    out: Path | None,
    picture: Path | None,
    path: Path | None,
    pixel_size_um: float | None,
    patches: PatchCollection,
) -> None:
    """Make the pairs of sections called NAME.

    nissl-af pairs Nissl plates with the CCFv3 template, serial-af serial Nissl sections of another
    brain with it (minutes each); nissl-ish pairs Calb1 expression with the template, cellbody-pli
    maps of the unfolded hippocampus, pli two maps of a PLI section.

    \b
    brainseek pairs nissl-af --picture overlays
    brainseek pairs nissl-af --collection pairs.brain --encoder clip-nissl-af
    """  # noqa: D301
    if path is not None and name in _REGISTERED:
        raise BrainseekError(f"--path {path} does not belong to {name}; leave it out.")
    if pixel_size_um is not None and name != "pli":
        raise BrainseekError(f"--pixel-size {pixel_size_um:g} belongs to pli alone; leave it out.")
    made, notes = _made(name, path, pixel_size_um)
    folder = save_pairs(made, out or cache_dir() / "pairs" / name)
    click.echo(f"{len(made)} pairs: {folder}")
    if name in other_stains.REMARKS:
        click.echo(other_stains.REMARKS[name], err=True)
    if picture is not None:
        _draw(made, notes, picture)
    patches.fill(made, name)


def _made(
    name: str, path: Path | None, pixel_size_um: float | None
) -> tuple[list[SectionPair], list[str]]:
    """Make the pairs, print their table, and return them with a note on each."""
    if name == "nissl-af":
        return _plates()
    if name == "serial-af":
        return _serial()
    if name == "nissl-ish":
        made = other_stains.nissl_ish_pairs(path)
    elif name == "cellbody-pli":
        made = other_stains.cellbody_pli_pairs(path)
    else:
        made = other_stains.pli_pairs(pixel_size_um or 25.0, path)
    rows = [
        (
            pair.name,
            f"{pair.first.modality} {pair.first.pixel_um:.1f}",
            f"{pair.second.modality} {pair.second.pixel_um:.1f}",
            f"{pair.first.mask.mean():.0%}",
        )
        for pair in made
    ]
    _print(("pair", "first, µm per pixel", "second, µm per pixel", "tissue"), rows)
    return made, ["" for _ in made]


def _plates() -> tuple[list[SectionPair], list[str]]:
    refined = nissl_af.refine_plates()
    rows = [
        (
            str(one.number),
            f"{one.move_um:+.0f}",
            f"{one.quality.similarity:.3f}",
            "yes" if one.kept else "no",
        )
        for one in refined
    ]
    _print(("plate", "moved to posterior, µm", "similarity", "kept"), rows)
    notes = [
        f"moved {one.move_um / 1000:+.2f} mm, similarity {one.quality.similarity:.2f}"
        for one in refined
        if one.kept
    ]
    return nissl_af.nissl_af_pairs(refined), notes


def _serial() -> tuple[list[SectionPair], list[str]]:
    refined = serial_nissl.refine_serial()
    rows = [
        (
            str(one.number),
            f"{one.position_um:.0f}",
            f"{one.move_um:+.0f}",
            f"{one.quality.similarity:.3f}",
            "yes" if one.kept else "no",
        )
        for one in refined
    ]
    _print(("section", "AP, µm", "moved to posterior, µm", "similarity", "kept"), rows)
    notes = [
        f"AP {one.position_um / 1000:.2f} mm, similarity {one.quality.similarity:.2f}"
        for one in refined
        if one.kept
    ]
    return serial_nissl.serial_af_pairs(refined), notes


def _print(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)


def _draw(made: Sequence[SectionPair], notes: Sequence[str], folder: Path) -> None:
    writable_folder(folder)
    listed = list(enumerate(zip(made, notes, strict=True)))
    for number, (pair, note) in tqdm(listed, desc="drawing", unit="pair", disable=None):
        write_whole(folder / f"{number:03d}.png", pair_picture(pair, note))
    write_whole(folder / "contact-sheet.png", pairs_sheet(made, notes))
    click.echo(f"pictures: {folder}", err=True)
