"""``brainseek pairs``: make pairs of stains, keep them, draw them, index them."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brainseek.ui.commands.options.patches import weights_option
from brainseek.ui.commands.options.sections import MICROMETRES

if TYPE_CHECKING:
    from brainseek.catalog.pairs.section_pair import SectionPair

NAMES = ("nissl-af", "serial-af", "nissl-ish", "cellbody-pli", "pli")
_REGISTERED = ("nissl-af", "serial-af")
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option(
    "--out",
    type=_FOLDER,
    metavar="DIR",
    help="Where the pairs are kept.  [default: pairs/NAME in the cache]",
)
@click.option("--overlays", type=_FOLDER, metavar="DIR", help="Draw every pair into this folder.")
@click.option(
    "--data",
    type=_FOLDER,
    metavar="DIR",
    help="Folder of the files of nissl-ish, cellbody-pli, pli.",
)
@click.option(
    "--pixel-um",
    type=MICROMETRES,
    metavar="UM",
    help="Pixel size that is assumed for pli, which records none.  [default: 25]",
)
@click.option("--index", "uri", metavar="URI", help="Write patches of both stains here too.")
@click.option("--encoder", metavar="NAME", help="Two-modality encoder of --index.")
@click.option(
    "--every-um",
    type=MICROMETRES,
    default=400.0,
    show_default=True,
    help="Distance of the patches of --index.",
)
@weights_option("two-modality encoders")
def pairs(
    name: str,
    out: Path | None,
    overlays: Path | None,
    data: Path | None,
    pixel_um: float | None,
    uri: str | None,
    encoder: str | None,
    every_um: float,
    weights: Path | None,
) -> None:
    """Make the pairs of sections called NAME.

    nissl-af pairs Nissl plates with the CCFv3 template, serial-af serial Nissl sections of another
    brain with it (minutes each); nissl-ish pairs Calb1 expression with the template, cellbody-pli
    maps of the unfolded hippocampus, pli two maps of a PLI section.

    \b
    brainseek pairs nissl-af --overlays overlays
    brainseek pairs nissl-af --index pairs.brain --encoder clip-nissl-af
    """  # noqa: D301
    from brainseek.catalog.core.errors import BrainseekError
    from brainseek.catalog.core.paths import cache_dir
    from brainseek.catalog.pairs.store import save_pairs
    from brainseek.registration.pairs.other_stains import REMARKS

    if (uri is None) != (encoder is None):
        raise BrainseekError(
            "--index and --encoder go together: name the collection and who embeds the patches."
        )
    if data is not None and name in _REGISTERED:
        raise BrainseekError(f"--data {data} does not belong to {name}; leave it out.")
    if pixel_um is not None and name != "pli":
        raise BrainseekError(f"--pixel-um {pixel_um:g} belongs to pli alone; leave it out.")
    made, notes = _made(name, data, pixel_um)
    folder = save_pairs(made, out or cache_dir() / "pairs" / name)
    click.echo(f"{len(made)} pairs: {folder}")
    if name in REMARKS:
        click.echo(REMARKS[name], err=True)
    if overlays is not None:
        _draw(made, notes, overlays)
    if uri is not None and encoder is not None:
        from brainseek.embedder.multimodal_encoder import MultimodalEncoder
        from brainseek.embedder.registry import load_encoder
        from brainseek.index.fill.pairs import index_pairs

        tower = load_encoder(encoder, folder=weights, kind=MultimodalEncoder)
        done = index_pairs(made, uri, tower, every_um, name=name)
        click.echo(f"{done.rows} rows written to {uri}")
        click.echo(
            f"next: brainseek cross-search {shlex.quote(uri)} PATCH --modality "
            f"{made[0].modalities[0]} --find {made[0].modalities[1]}"
        )


def _made(
    name: str, data: Path | None, pixel_um: float | None
) -> "tuple[list[SectionPair], list[str]]":
    """Make the pairs, print their table, and return them with a note on each."""
    from brainseek.registration.pairs import other_stains as other

    if name == "nissl-af":
        return _plates()
    if name == "serial-af":
        return _serial()
    if name == "nissl-ish":
        made = other.nissl_ish_pairs(data)
    elif name == "cellbody-pli":
        made = other.cellbody_pli_pairs(data)
    else:
        made = other.pli_pairs(pixel_um or 25.0, data)
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


def _plates() -> "tuple[list[SectionPair], list[str]]":
    from brainseek.registration.pairs.nissl_af import nissl_af_pairs, refine_plates

    refined = refine_plates()
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
    return nissl_af_pairs(refined), notes


def _serial() -> "tuple[list[SectionPair], list[str]]":
    from brainseek.registration.pairs.serial_nissl import refine_serial, serial_af_pairs

    refined = refine_serial()
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
    return serial_af_pairs(refined), notes


def _print(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)


def _draw(made: "Sequence[SectionPair]", notes: Sequence[str], folder: Path) -> None:
    from tqdm import tqdm

    from brainseek.catalog.core.whole_file import writable_folder, write_whole
    from brainseek.ui.reports.pairs_picture import pair_picture, pairs_sheet

    writable_folder(folder)
    listed = list(enumerate(zip(made, notes, strict=True)))
    for number, (pair, note) in tqdm(listed, desc="drawing", unit="pair", disable=None):
        write_whole(folder / f"{number:03d}.png", pair_picture(pair, note))
    write_whole(folder / "contact-sheet.png", pairs_sheet(made, notes))
    click.echo(f"overlays: {folder}", err=True)
