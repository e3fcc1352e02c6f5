"""brainseek: put a piece of brain in, get the places it could come from.

>>> import brainseek
>>> answer = brainseek.identify("section.png", atlas="mouse-nissl", k=5)  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.atlas import Atlas, atlas_names, load_atlas
    from catalog.errors import BrainseekError
    from catalog.geodesics import Geodesics
    from catalog.section import Section, read_section
    from catalog.surface import Surface
    from catalog.surfaces import load_surface
    from embedder.card import encoder_names
    from embedder.encoder import Encoder, load_encoder
    from index.collection import Collection
    from index.hits import Hit, Hits
    from index.ingest import EmbedOptions, embed_paths
    from index.queries import ByImage, ByPosition, ByRow, ByText, ByWindow
    from index.schema import Row, Window
    from registration.align import align
    from registration.exports.coordinate_map import transform_points
    from registration.identification import Candidate, Identification
    from registration.identify import identify
    from registration.plane import estimate_plane
    from registration.register import register
    from registration.register_settings import RegisterSettings
    from registration.series import identify_series

_HOMES = {
    "Atlas": "catalog.atlas",
    "atlas_names": "catalog.atlas",
    "load_atlas": "catalog.atlas",
    "BrainseekError": "catalog.errors",
    "Geodesics": "catalog.geodesics",
    "Section": "catalog.section",
    "read_section": "catalog.section",
    "Surface": "catalog.surface",
    "load_surface": "catalog.surfaces",
    "encoder_names": "embedder.card",
    "Encoder": "embedder.encoder",
    "load_encoder": "embedder.encoder",
    "Collection": "index.collection",
    "Hit": "index.hits",
    "Hits": "index.hits",
    "EmbedOptions": "index.ingest",
    "embed_paths": "index.ingest",
    "ByImage": "index.queries",
    "ByPosition": "index.queries",
    "ByRow": "index.queries",
    "ByText": "index.queries",
    "ByWindow": "index.queries",
    "Row": "index.schema",
    "Window": "index.schema",
    "align": "registration.align",
    "transform_points": "registration.exports.coordinate_map",
    "Candidate": "registration.identification",
    "Identification": "registration.identification",
    "identify": "registration.identify",
    "estimate_plane": "registration.plane",
    "register": "registration.register",
    "RegisterSettings": "registration.register_settings",
    "identify_series": "registration.series",
}

__version__ = "0.1.0"

__all__ = [
    "Atlas",
    "BrainseekError",
    "ByImage",
    "ByPosition",
    "ByRow",
    "ByText",
    "ByWindow",
    "Candidate",
    "Collection",
    "EmbedOptions",
    "Encoder",
    "Geodesics",
    "Hit",
    "Hits",
    "Identification",
    "RegisterSettings",
    "Row",
    "Section",
    "Surface",
    "Window",
    "__version__",
    "align",
    "atlas_names",
    "embed_paths",
    "encoder_names",
    "estimate_plane",
    "identify",
    "identify_series",
    "load_atlas",
    "load_encoder",
    "load_surface",
    "read_section",
    "register",
    "transform_points",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its room when it is first used: start-up stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'brainseek' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
