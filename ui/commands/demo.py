"""``brainseek demo``: identify sections with a known place, offline."""

from pathlib import Path

import click
from rich.console import Console

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.whole_file import write_whole
from brainseek.catalog.sections.section import write_section
from brainseek.registration.plates.demo import ATLAS, run_demo, summary
from brainseek.registration.plates.encoder_choice import choose_encoder
from brainseek.ui.commands.options.shared import COUNT, FOLDER, encoder_option
from brainseek.ui.reports.answers import answer_table, document, millimetres, to_json
from brainseek.ui.reports.contact_sheet import SheetRow, contact_sheet, sheet_picture
from brainseek.ui.reports.plate_pictures import PlatePictures


@click.command()
@click.option(
    "--sections", "count", type=COUNT, default=12, show_default=True, help="How many are cut."
)
@click.option(
    "--out",
    type=FOLDER,
    default=Path("demo"),
    show_default=True,
    help="Folder for the sections, the contact sheet and the JSON file.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of chance.")
@encoder_option("the one of mni152")
def demo(count: int, out: Path, seed: int, encoder: str | None) -> None:
    """Cut tilted, damaged sections from a human brain volume and find their plates again.

    Everything it needs ships with brainseek; nothing is downloaded.

    \b
    brainseek demo --out demo
    """  # noqa: D301
    sections = out / "sections"
    try:
        sections.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrainseekError(
            f"the folder {out} can't be made ({error.strerror}); choose another with --out."
        ) from error
    found = run_demo(count, seed, encoder=encoder)
    answers = [one.identification for one in found]
    truths = [millimetres(one.demo.true_position_um) for one in found]
    columns = {
        "truth\n(mm)": [f"{one.demo.true_position_um / 1000:.2f}" for one in found],
        "error\n(mm)": [f"{one.error_um / 1000:.2f}" for one in found],
    }
    Console().print(answer_table(answers, columns))
    typical, worst = summary(found)
    click.echo(
        f"\nerror along MNI y: median {millimetres(typical)}, largest {millimetres(worst)} "
        f"({count} sections, seed {seed})"
    )
    doubtful = [answer.file for answer in answers if answer.none_of_these >= 0.5]
    if doubtful:
        click.echo(f"probably none of these plates, so not to be trusted: {', '.join(doubtful)}")
    identity = choose_encoder(ATLAS, encoder).identity
    rows = [
        SheetRow(
            one.identification,
            sheet_picture(one.demo.section, turned_deg=one.identification.turned_deg),
            f"true position {truth}",
        )
        for one, truth in zip(found, truths, strict=True)
    ]
    for one in found:
        write_section(one.demo.section, sections / f"{one.demo.section.source_uri}.tif")
    sheet, answer_file = out / "contact-sheet.png", out / "answers.json"
    write_whole(sheet, contact_sheet(rows, PlatePictures(ATLAS), identity))
    write_whole(answer_file, to_json(document(ATLAS, identity, answers)).encode())
    click.echo(
        f"contact sheet: {sheet}\n"
        f"answers:       {answer_file}\n"
        f"sections:      {sections}\n\n"
        "Open the app:                         brainseek ui\n"
        "Identify your own mouse sections:     brainseek identify slides/ --atlas mouse-nissl\n"
        "Get the pictures of the mouse atlas:  brainseek data get mouse-nissl-plates"
    )
