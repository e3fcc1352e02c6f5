"""``brainseek cross-search``: from a patch in one stain to patches in another one."""

from pathlib import Path

import click

_OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.command(name="cross-search")
@click.argument("uri")
@click.argument("image")
@click.option("--modality", required=True, metavar="NAME", help="Stain of IMAGE, e.g. nissl.")
@click.option("--find", required=True, metavar="NAME", help="Stain of the hits.")
@click.option(
    "--encoder",
    metavar="NAME",
    help="Two-modality encoder.  [default: the one that wrote the collection]",
)
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Hits.")
@click.option(
    "--pixel-um",
    type=click.FloatRange(min=0, min_open=True),
    metavar="UM",
    help="Pixel size of IMAGE in µm, where the file does not say it.",
)
@click.option("--bright-field", is_flag=True, help="IMAGE shows its stain dark on bright ground.")
@click.option("--where", metavar="CONDITION", help="Only rows that fulfil it.")
@click.option("--json", "json_file", metavar="FILE", help="Write the hits; - is the terminal.")
@click.option("--csv", "csv_file", type=_OUTPUT, metavar="FILE", help="Write the hits as CSV.")
@click.option(
    "--html", "html_file", type=_OUTPUT, metavar="FILE", help="Write a page with thumbnails."
)
@click.option(
    "--weights",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where two-modality encoders of your own lie.",
)
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

    from catalog.section import section_from_array
    from catalog.whole_file import write_whole
    from embedder.cross_encoder import load_cross_encoder
    from index.collection import Collection
    from index.cross_patch import gray_patch
    from index.cross_search import cross_search as search
    from ui.report import to_json
    from ui.search_report import csv_bytes, document, hits_table, page

    collection = Collection.open(uri)
    tower = load_cross_encoder(encoder or collection.encoder.partition("@")[0], weights)
    gray, size = gray_patch(image, pixel_um, bright_field)
    section = section_from_array(gray, size, stain=modality, source_uri=image)
    hits = search(
        section, collection, encoder=tower, modality=modality, find=find, k=k, where=where
    )
    query = {"image": image, "modality": modality, "find": find, "pixel_um": size}
    version = collection.view().version
    if json_file is not None:
        text = to_json(document(hits, query, collection.uri, tower.identity, version, "cosine"))
        if json_file == "-":
            click.echo(text, nl=False)
            return
        write_whole(Path(json_file), text.encode())
        click.echo(f"hits: {json_file}", err=True)
    if csv_file is not None:
        write_whole(csv_file, csv_bytes(hits))
        click.echo(f"hits: {csv_file}", err=True)
    if html_file is not None:
        facts = f"{len(hits)} hits in {collection.uri}, version {version}, {tower.identity}"
        title = f"{Path(image).name}: from {modality} to {find}"
        write_whole(html_file, page(hits, title, facts, section).encode())
        click.echo(f"page: {html_file}", err=True)
    if len(hits):
        Console().print(hits_table(hits))
    else:
        click.echo(f"no hits: the collection holds no such rows of {find}", err=True)
