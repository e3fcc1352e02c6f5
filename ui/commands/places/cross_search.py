"""``brainseek cross-search``: from a patch in one stain to patches in another one."""

from pathlib import Path

import click

from brainseek.ui.commands.options.hit_files import hit_file_options, write_hits
from brainseek.ui.commands.options.patches import stain_options, weights_option


@click.command(name="cross-search")
@click.argument("uri")
@click.argument("image")
@stain_options("IMAGE")
@click.option("--find", required=True, metavar="NAME", help="Stain of the hits.")
@click.option(
    "--encoder",
    metavar="NAME",
    help="Two-modality encoder.  [default: the one that wrote the collection]",
)
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Hits.")
@click.option("--where", metavar="CONDITION", help="Only rows that fulfil it.")
@hit_file_options
@weights_option("two-modality encoders")
def cross_search(
    uri: str,
    image: str,
    modality: str,
    find: str,
    encoder: str | None,
    k: int,
    pixel_um: float | None,
    bright_field: bool,
    where: str | None,
    json_file: str | None,
    csv_file: Path | None,
    html_file: Path | None,
    weights: Path | None,
) -> None:
    """Show the patches of another stain in the collection URI that fit the tissue of IMAGE.

    The collection holds patches of both stains, see `brainseek pairs --index`.

    \b
    brainseek cross-search pairs.brain patch.png --modality nissl --find autofluorescence --pixel-um 25
    """  # noqa: D301, E501
    from rich.console import Console

    from brainseek.embedder.registry import load_encoder
    from brainseek.index.collection import Collection
    from brainseek.index.queries import ByImage
    from brainseek.ui.reports.hits import hits_table

    collection = Collection.open(uri)
    tower = load_encoder(encoder or collection.encoder.partition("@")[0], folder=weights)
    asked = ByImage(
        image,
        modality=modality,
        find=find,
        pixel_size_um=pixel_um,
        bright_field=bright_field,
        encoder=tower,
    )
    hits = collection.search(asked, k, where=where)
    section = asked.gray()
    query = {"image": image, "modality": modality, "find": find, "pixel_um": section.pixel_size_um}
    title = f"{Path(image).name}: from {modality} to {find}"
    write_hits(hits, collection, query, title, section, json_file, csv_file, html_file)
    if json_file == "-":
        return
    if len(hits):
        Console().print(hits_table(hits))
    else:
        click.echo(f"no hits: the collection holds no such rows of {find}", err=True)
