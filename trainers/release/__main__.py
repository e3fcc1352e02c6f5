"""Turn a finished run into a released encoder.

Writes ``NAME.safetensors``, ``NAME.json`` and, of plates and cortical places,
``NAME.gallery.safetensors`` to the project's weights. Encoders of plates are calibrated afterwards
with ``python -m brainseek.registration.plates.calibrate NAME``, those of modalities with
``python -m brainseek.registration.patches.calibrate NAME``.
"""

import argparse
import json
from pathlib import Path

from brainseek.catalog.core.errors import exit_on_error
from brainseek.catalog.cortex.t1_volumes import cortex_volume_names
from brainseek.embedder.preprocessing.views import VIEWS
from brainseek.trainers.release.release import release


@exit_on_error()
def main() -> None:
    """Command line of this package."""
    parser = argparse.ArgumentParser(
        prog="python -m brainseek.trainers.release", description=__doc__
    )
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("name", help="name under which the encoder is released")
    parser.add_argument("--description", help="one sentence; default: the recipe's")
    parser.add_argument("--views", nargs="+", choices=list(VIEWS), help="of plates; default: as-is")
    parser.add_argument(
        "--gallery", choices=cortex_volume_names(), help="of cortical places; default: t1-mni152"
    )
    arguments = parser.parse_args()
    card = release(
        arguments.run,
        arguments.name,
        views=tuple(arguments.views) if arguments.views else None,
        gallery=arguments.gallery,
        description=arguments.description,
        progress=True,
    )
    print(card.identity, json.dumps(card.measured, indent=2))


if __name__ == "__main__":
    main()
