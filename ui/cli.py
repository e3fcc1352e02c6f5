"""``brainseek``: the command line. Every command is imported only when it is asked for."""

from importlib import import_module
from typing import Any, ClassVar

import click

from brainseek.catalog.core.errors import BrainseekError


class BrainseekGroup(click.Group):
    """Commands by name, imported on use; a `BrainseekError` is printed and exits with 2."""

    entries: ClassVar[dict[str, tuple[str, str]]] = {
        "identify": (
            "brainseek.ui.commands.identify:identify",
            "Name the atlas plates of sections.",
        ),
        "register": (
            "brainseek.ui.commands.register:register",
            "Align sections, write regions and points.",
        ),
        "transform-points": (
            "brainseek.ui.commands.transform_points:transform_points",
            "Carry points into the atlas or back.",
        ),
        "locate": (
            "brainseek.ui.commands.places.locate:locate",
            "Name the places on the cortex of a patch.",
        ),
        "cortex": ("brainseek.ui.commands.places.cortex:cortex", "The cortex as a collection."),
        "pairs": ("brainseek.ui.commands.places.pairs:pairs", "Pair sections of two stains."),
        "anchor": (
            "brainseek.ui.commands.places.anchor:anchor",
            "Name the place in the atlas of a lone patch.",
        ),
        "embed": (
            "brainseek.ui.commands.collections.embed:embed",
            "Embed files into a collection.",
        ),
        "search": (
            "brainseek.ui.commands.collections.search:search",
            "Find what looks like a piece of brain.",
        ),
        "cross-search": (
            "brainseek.ui.commands.places.cross_search:cross_search",
            "Find the same tissue in another stain.",
        ),
        "index": (
            "brainseek.ui.commands.collections.index:index",
            "Make, fill, check and mend collections.",
        ),
        "demo": (
            "brainseek.ui.commands.demo:demo",
            "Try it on sections with a known place, offline.",
        ),
        "ui": ("brainseek.ui.commands.app:app", "Open the app in the browser."),
        "data": ("brainseek.ui.commands.data:data", "List, get, verify and find the data sets."),
        "atlas": ("brainseek.ui.commands.lists:atlas", "The atlases."),
        "encoder": ("brainseek.ui.commands.lists:encoder", "The encoders."),
        "train": ("brainseek.ui.commands.train:train", "Train an encoder from a recipe."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names in the order of `entries`."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.entries:
            return None
        module, _, attribute = self.entries[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
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
    brainseek identify slides/ --atlas mouse-nissl
    brainseek demo
    """  # noqa: D301


if __name__ == "__main__":
    main()
