"""brainseek: put a piece of brain in, get the places it could come from.

>>> import brainseek
>>> answer = brainseek.identify("section.png", atlas="mouse-nissl", k=5)  # doctest: +SKIP
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

_ROOT = Path(__file__).resolve().parent.parent
if (_ROOT / "data_manifest.yaml").is_file():  # a checkout: the rooms lie beside this folder
    __path__.append(str(_ROOT))

if TYPE_CHECKING:
    from brainseek.catalog.atlases.atlas import Atlas
    from brainseek.catalog.atlases.registry import atlas_names, load_atlas
    from brainseek.catalog.core.errors import BrainseekError
    from brainseek.catalog.datasets.fetch import get_dataset
    from brainseek.catalog.datasets.manifest import load_manifest
    from brainseek.catalog.datasets.registered_sections import read_registered_sections
    from brainseek.catalog.datasets.store import dataset_path
    from brainseek.catalog.datasets.verify import verify_dataset
    from brainseek.catalog.pairs.section_pair import PairedImage, SectionPair
    from brainseek.catalog.pairs.store import load_pairs, save_pairs
    from brainseek.catalog.pairs.transforms import AffinePixels, GridPixels
    from brainseek.catalog.sections.section import (
        Section,
        read_section,
        section_from_array,
        write_section,
    )
    from brainseek.catalog.sections.window import read_window
    from brainseek.catalog.surfaces.geodesics import Geodesics
    from brainseek.catalog.surfaces.registry import load_surface, surface_names
    from brainseek.catalog.surfaces.surface import Surface
    from brainseek.catalog.surfaces.vertex_labels import label_names, vertex_labels
    from brainseek.catalog.volumes.volume import Plane, Volume
    from brainseek.embedder.cortex_encoder import CortexEncoder
    from brainseek.embedder.encoder import Encoder
    from brainseek.embedder.multimodal_encoder import MultimodalEncoder
    from brainseek.embedder.plate_encoder import PlateEncoder
    from brainseek.embedder.registry import encoder_names, load_encoder
    from brainseek.index.collection import Collection
    from brainseek.index.fill.cortex import index_cortex
    from brainseek.index.fill.pairs import index_pairs
    from brainseek.index.fill.template import index_template
    from brainseek.index.ingest.options import EmbedOptions
    from brainseek.index.ingest.run import embed_paths
    from brainseek.index.maintain.export import export_collection
    from brainseek.index.maintain.info import collection_info
    from brainseek.index.maintain.recall import check_recall
    from brainseek.index.maintain.verify import verify_collection
    from brainseek.index.queries import ByImage, ByPosition, ByRow, ByText, ByWords
    from brainseek.index.search.hits import Hit, Hits
    from brainseek.index.table.schema import Row, Window
    from brainseek.registration.alignment.align import align
    from brainseek.registration.cortex.cortex_place import CortexPlace
    from brainseek.registration.cortex.gallery import CortexGallery, cortex_gallery
    from brainseek.registration.cortex.locate import locate_cortex, locate_cortex_vertices
    from brainseek.registration.exports.coordinates.coordinate_map import transform_points
    from brainseek.registration.patches.locate import locate_patch
    from brainseek.registration.patches.patch_place import PatchPlace
    from brainseek.registration.planes.estimate import estimate_plane
    from brainseek.registration.plates.demo import DemoSection, demo_sections
    from brainseek.registration.plates.identification import Candidate, Identification
    from brainseek.registration.plates.identify import identify
    from brainseek.registration.run.register import register
    from brainseek.registration.run.settings import RegisterSettings
    from brainseek.registration.series.identify import identify_series

_HOMES = {
    "Atlas": "brainseek.catalog.atlases.atlas",
    "atlas_names": "brainseek.catalog.atlases.registry",
    "load_atlas": "brainseek.catalog.atlases.registry",
    "BrainseekError": "brainseek.catalog.core.errors",
    "get_dataset": "brainseek.catalog.datasets.fetch",
    "load_manifest": "brainseek.catalog.datasets.manifest",
    "read_registered_sections": "brainseek.catalog.datasets.registered_sections",
    "dataset_path": "brainseek.catalog.datasets.store",
    "verify_dataset": "brainseek.catalog.datasets.verify",
    "PairedImage": "brainseek.catalog.pairs.section_pair",
    "SectionPair": "brainseek.catalog.pairs.section_pair",
    "load_pairs": "brainseek.catalog.pairs.store",
    "save_pairs": "brainseek.catalog.pairs.store",
    "AffinePixels": "brainseek.catalog.pairs.transforms",
    "GridPixels": "brainseek.catalog.pairs.transforms",
    "section_from_array": "brainseek.catalog.sections.section",
    "write_section": "brainseek.catalog.sections.section",
    "read_window": "brainseek.catalog.sections.window",
    "surface_names": "brainseek.catalog.surfaces.registry",
    "label_names": "brainseek.catalog.surfaces.vertex_labels",
    "vertex_labels": "brainseek.catalog.surfaces.vertex_labels",
    "Plane": "brainseek.catalog.volumes.volume",
    "Volume": "brainseek.catalog.volumes.volume",
    "Geodesics": "brainseek.catalog.surfaces.geodesics",
    "Section": "brainseek.catalog.sections.section",
    "read_section": "brainseek.catalog.sections.section",
    "Surface": "brainseek.catalog.surfaces.surface",
    "load_surface": "brainseek.catalog.surfaces.registry",
    "encoder_names": "brainseek.embedder.registry",
    "MultimodalEncoder": "brainseek.embedder.multimodal_encoder",
    "Encoder": "brainseek.embedder.encoder",
    "PlateEncoder": "brainseek.embedder.plate_encoder",
    "load_encoder": "brainseek.embedder.registry",
    "CortexEncoder": "brainseek.embedder.cortex_encoder",
    "Collection": "brainseek.index.collection",
    "Hit": "brainseek.index.search.hits",
    "Hits": "brainseek.index.search.hits",
    "EmbedOptions": "brainseek.index.ingest.options",
    "embed_paths": "brainseek.index.ingest.run",
    "export_collection": "brainseek.index.maintain.export",
    "collection_info": "brainseek.index.maintain.info",
    "check_recall": "brainseek.index.maintain.recall",
    "verify_collection": "brainseek.index.maintain.verify",
    "index_pairs": "brainseek.index.fill.pairs",
    "ByImage": "brainseek.index.queries",
    "ByPosition": "brainseek.index.queries",
    "ByRow": "brainseek.index.queries",
    "ByText": "brainseek.index.queries",
    "ByWords": "brainseek.index.queries",
    "Row": "brainseek.index.table.schema",
    "Window": "brainseek.index.table.schema",
    "align": "brainseek.registration.alignment.align",
    "PatchPlace": "brainseek.registration.patches.patch_place",
    "locate_patch": "brainseek.registration.patches.locate",
    "CortexPlace": "brainseek.registration.cortex.cortex_place",
    "CortexGallery": "brainseek.registration.cortex.gallery",
    "cortex_gallery": "brainseek.registration.cortex.gallery",
    "locate_cortex": "brainseek.registration.cortex.locate",
    "locate_cortex_vertices": "brainseek.registration.cortex.locate",
    "index_cortex": "brainseek.index.fill.cortex",
    "transform_points": "brainseek.registration.exports.coordinates.coordinate_map",
    "DemoSection": "brainseek.registration.plates.demo",
    "demo_sections": "brainseek.registration.plates.demo",
    "Candidate": "brainseek.registration.plates.identification",
    "Identification": "brainseek.registration.plates.identification",
    "identify": "brainseek.registration.plates.identify",
    "estimate_plane": "brainseek.registration.planes.estimate",
    "register": "brainseek.registration.run.register",
    "RegisterSettings": "brainseek.registration.run.settings",
    "identify_series": "brainseek.registration.series.identify",
    "index_template": "brainseek.index.fill.template",
}

__version__ = "0.1.0"

__all__ = [
    "AffinePixels",
    "Atlas",
    "BrainseekError",
    "ByImage",
    "ByPosition",
    "ByRow",
    "ByText",
    "ByWords",
    "Candidate",
    "Collection",
    "CortexEncoder",
    "CortexGallery",
    "CortexPlace",
    "DemoSection",
    "EmbedOptions",
    "Encoder",
    "Geodesics",
    "GridPixels",
    "Hit",
    "Hits",
    "Identification",
    "MultimodalEncoder",
    "PairedImage",
    "PatchPlace",
    "Plane",
    "PlateEncoder",
    "RegisterSettings",
    "Row",
    "Section",
    "SectionPair",
    "Surface",
    "Volume",
    "Window",
    "__version__",
    "align",
    "atlas_names",
    "check_recall",
    "collection_info",
    "cortex_gallery",
    "dataset_path",
    "demo_sections",
    "embed_paths",
    "encoder_names",
    "estimate_plane",
    "export_collection",
    "get_dataset",
    "identify",
    "identify_series",
    "index_cortex",
    "index_pairs",
    "index_template",
    "label_names",
    "load_atlas",
    "load_encoder",
    "load_manifest",
    "load_pairs",
    "load_surface",
    "locate_cortex",
    "locate_cortex_vertices",
    "locate_patch",
    "read_registered_sections",
    "read_section",
    "read_window",
    "register",
    "save_pairs",
    "section_from_array",
    "surface_names",
    "transform_points",
    "verify_collection",
    "verify_dataset",
    "vertex_labels",
    "write_section",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its room when it is first used: start-up stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'brainseek' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
