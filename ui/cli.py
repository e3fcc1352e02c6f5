"""``brainseek``: the command line. Every command is imported only when it is asked for."""

from importlib import import_module
from typing import Any, ClassVar

import click

from brainseek.catalog.core.errors import BrainseekError


class BrainseekGroup(click.Group):
    """Commands by name, imported on use; a `BrainseekError` is printed and exits with 2."""

    entries: ClassVar[dict[str, tuple[str, str]]] = {
        "identify": ("sections.identify:identify", "Name the atlas plates of sections."),
        "register": ("sections.register:register", "Align sections, write regions and points."),
        "transform-points": (
            "sections.transform_points:transform_points",
            "Carry points into the atlas or back.",
        ),
        "locate-cortex": (
            "places.locate_cortex:locate_cortex",
            "Name the places on the cortex of a patch.",
        ),
        "locate-patch": (
            "places.locate_patch:locate_patch",
            "Name the place in the atlas of a patch.",
        ),
        "cortex": ("places.cortex:cortex", "The cortex as a collection."),
        "pairs": ("places.pairs:pairs", "Pair sections of two stains."),
        "embed": ("collections.embed:embed", "Embed files into a collection."),
        "search": ("collections.search:search", "Find what looks like a piece of brain."),
        "index": ("collections.index:index", "Make, fill, check and mend collections."),
        "demo": ("demo:demo", "Try it on sections with a known place, offline."),
        "ui": ("app:app", "Open the app in the browser."),
        "data": ("data:data", "List, get, verify and find the data sets."),
        "atlas": ("lists:atlas", "The atlases."),
        "encoder": ("lists:encoder", "The encoders."),
        "train": ("train:train", "Train an encoder from a recipe."),
    }
    """Module and name below `brainseek.ui.commands`, and what the list of commands says."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names in the order of `entries`."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.entries:
            return None
        module, _, attribute = self.entries[cmd_name][0].partition(":")
        command: click.Command = getattr(
            import_module(f"brainseek.ui.commands.{module}"), attribute
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.entries.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BrainseekError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)


@click.group(cls=BrainseekGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="brainseek", prog_name="brainseek")
def main() -> None:
    """Put a piece of brain in, get the places it could come from.

    \b
    brainseek demo
    brainseek identify demo/sections --atlas mni152
    """  # noqa: D301


if __name__ == "__main__":
    main()
