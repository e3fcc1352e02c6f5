"""``brainseek train``: train an encoder from a recipe."""

from pathlib import Path

import click


@click.command()
@click.argument("recipe")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Run folder; by default runs/RECIPE.",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in the run folder.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of the recipe, e.g. schedule.steps=100; may be repeated.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Processes that make batches.",
)
def train(
    recipe: str, out: Path | None, resume: bool, changes: tuple[str, ...], workers: int
) -> None:
    """Train an encoder. RECIPE is the name of a shipped recipe or the path of a YAML file.

    The run folder holds the recipe, the environment, the log, the checkpoint and the network.

    \b
    brainseek train plates-mni152 --set schedule.steps=100
    torchrun --nproc-per-node 4 -m brainseek.ui.cli train plates-mni152
    """  # noqa: D301
    from brainseek.trainers.run import train as run  # torch is loaded only here

    folder = run(
        recipe,
        out or Path("runs") / Path(recipe).stem,
        resume=resume,
        changes=changes,
        workers=workers,
    )
    click.echo(f"trained: {folder}")
