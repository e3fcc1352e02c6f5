"""Release a finished run, of whatever task."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.embedder.cards.card import Card
from brainseek.trainers.release.cortex import cortex_release
from brainseek.trainers.release.finished_run import FinishedRun, Release
from brainseek.trainers.release.modalities import modalities_release
from brainseek.trainers.release.plates import plates_release

RELEASES: dict[str, Callable[..., Release]] = {
    "plates": plates_release,
    "cortex": cortex_release,
    "modalities": modalities_release,
}
"""How the runs of a task are released."""


def release(
    run: Path,
    name: str,
    *,
    views: tuple[str, ...] | None = None,
    gallery: str | None = None,
    description: str | None = None,
    folder: Path | None = None,
    progress: bool = False,
) -> Card:
    """Write weights, card and, of plates and cortical places, the gallery; returns the card.

    Parameters
    ----------
    run : Path
        Folder of a finished run.
    name : str
        Name under which the encoder is released.
    views : tuple of str, optional
        Of plates: views of a section that the encoder averages, see
        `brainseek.embedder.preprocessing.views.VIEWS`; by default ``("as-is",)``.
    gallery : str, optional
        Of cortical places: volume whose vertices make the gallery, one of
        `brainseek.catalog.cortex.t1_volumes`; by default ``t1-mni152``.
    description : str, optional
        One sentence; by default the recipe's.
    folder : Path, optional
        Where to write, if not in the project's ``weights``.
    progress : bool
        Show a progress bar where it takes long.

    Raises
    ------
    BrainseekError
        If the run is not finished, an option does not belong to its task, its data are gone, a
        file is too large to be committed, or the folder can't be written.
    """
    finished = FinishedRun.open(run)
    task = finished.recipe.task
    make = RELEASES[task]
    known = inspect.signature(make).parameters
    options: dict[str, Any] = {"views": views, "gallery": gallery}
    given = {option: value for option, value in options.items() if value is not None}
    for option in given:
        if option not in known:
            raise BrainseekError(
                f"'{run}' learned {task}, which are released without {option}: leave it out."
            )
    if "progress" in known:
        given["progress"] = progress
    made = make(finished, name, description or finished.recipe.description, **given)
    made.write(folder)
    return made.card
