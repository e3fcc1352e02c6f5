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
    from embedder.cross_card import cross_encoder_names
    from embedder.cross_encoder import CrossEncoder, load_cross_encoder
    from embedder.encoder import Encoder, load_encoder
    from embedder.place_card import place_encoder_names
    from embedder.place_encoder import PlaceEncoder, load_place_encoder
    from index.collection import Collection
    from index.cross_search import cross_search
    from index.hits import Hit, Hits
    from index.ingest import EmbedOptions, embed_paths
    from index.paired_rows import index_pairs
    from index.queries import ByImage, ByPosition, ByRow, ByText, ByWindow
    from index.schema import Row, Window
    from registration.align import align
    from registration.anchor import Anchor, anchor
    from registration.cortex_answer import CortexPlace
    from registration.cortex_gallery import CortexGallery, cortex_gallery
    from registration.cortex_place import locate, locate_vertices
    from registration.cortex_rows import index_cortex
    from registration.exports.coordinate_map import transform_points
    from registration.identification import Candidate, Identification
    from registration.identify import identify
    from registration.plane import estimate_plane
    from registration.register import register
    from registration.register_settings import RegisterSettings
    from registration.series import identify_series
    from registration.template_rows import index_template

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
    "cross_encoder_names": "embedder.cross_card",
    "CrossEncoder": "embedder.cross_encoder",
    "load_cross_encoder": "embedder.cross_encoder",
    "Encoder": "embedder.encoder",
    "load_encoder": "embedder.encoder",
    "place_encoder_names": "embedder.place_card",
    "PlaceEncoder": "embedder.place_encoder",
    "load_place_encoder": "embedder.place_encoder",
    "Collection": "index.collection",
    "cross_search": "index.cross_search",
    "Hit": "index.hits",
    "Hits": "index.hits",
    "EmbedOptions": "index.ingest",
    "embed_paths": "index.ingest",
    "index_pairs": "index.paired_rows",
    "ByImage": "index.queries",
    "ByPosition": "index.queries",
    "ByRow": "index.queries",
    "ByText": "index.queries",
    "ByWindow": "index.queries",
    "Row": "index.schema",
    "Window": "index.schema",
    "align": "registration.align",
    "Anchor": "registration.anchor",
    "anchor": "registration.anchor",
    "CortexPlace": "registration.cortex_answer",
    "CortexGallery": "registration.cortex_gallery",
    "cortex_gallery": "registration.cortex_gallery",
    "locate": "registration.cortex_place",
    "locate_vertices": "registration.cortex_place",
    "index_cortex": "registration.cortex_rows",
    "transform_points": "registration.exports.coordinate_map",
    "Candidate": "registration.identification",
    "Identification": "registration.identification",
    "identify": "registration.identify",
    "estimate_plane": "registration.plane",
    "register": "registration.register",
    "RegisterSettings": "registration.register_settings",
    "identify_series": "registration.series",
    "index_template": "registration.template_rows",
}

__version__ = "0.1.0"

__all__ = [
    "Anchor",
    "Atlas",
    "BrainseekError",
    "ByImage",
    "ByPosition",
    "ByRow",
    "ByText",
    "ByWindow",
    "Candidate",
    "Collection",
    "CortexGallery",
    "CortexPlace",
    "CrossEncoder",
    "EmbedOptions",
    "Encoder",
    "Geodesics",
    "Hit",
    "Hits",
    "Identification",
    "PlaceEncoder",
    "RegisterSettings",
    "Row",
    "Section",
    "Surface",
    "Window",
    "__version__",
    "align",
    "anchor",
    "atlas_names",
    "cortex_gallery",
    "cross_encoder_names",
    "cross_search",
    "embed_paths",
    "encoder_names",
    "estimate_plane",
    "identify",
    "identify_series",
    "index_cortex",
    "index_pairs",
    "index_template",
    "load_atlas",
    "load_cross_encoder",
    "load_encoder",
    "load_place_encoder",
    "load_surface",
    "locate",
    "locate_vertices",
    "place_encoder_names",
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
