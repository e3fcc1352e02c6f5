# The public names and their homes; brainseek/__init__.py imports each when it is first used.
from .catalog.atlases.atlas import Atlas
from .catalog.atlases.registry import atlas_names, load_atlas
from .catalog.core.errors import BrainseekError
from .catalog.datasets.fetch import get_dataset
from .catalog.datasets.manifest import load_manifest
from .catalog.datasets.store import dataset_path
from .catalog.datasets.verify import verify_dataset
from .catalog.pairs.section_pair import PairedImage, SectionPair
from .catalog.pairs.store import load_pairs, save_pairs
from .catalog.pairs.transforms import AffinePixels, GridPixels
from .catalog.sections.section import Section, read_section, section_from_array, write_section
from .catalog.sections.window import read_window
from .catalog.surfaces.geodesics import Geodesics
from .catalog.surfaces.registry import load_surface, surface_names
from .catalog.surfaces.surface import Surface
from .catalog.surfaces.vertex_labels import label_names, vertex_labels
from .catalog.volumes.volume import Plane, Volume
from .embedder.cortex_encoder import CortexEncoder
from .embedder.encoder import Encoder
from .embedder.multimodal_encoder import MultimodalEncoder
from .embedder.plate_encoder import PlateEncoder
from .embedder.registry import encoder_names, load_encoder
from .index.collection import Collection
from .index.fill.cortex import index_cortex
from .index.fill.pairs import index_pairs
from .index.fill.template import index_template
from .index.ingest.options import EmbedOptions
from .index.ingest.run import embed_paths
from .index.maintain.export import export_collection
from .index.maintain.info import collection_info
from .index.maintain.recall import check_recall
from .index.maintain.verify import verify_collection
from .index.queries import ByImage, ByPosition, ByRow, ByText, ByWords
from .index.search.hits import Hit, Hits
from .index.table.schema import Row, Window
from .registration.alignment.align import align
from .registration.cortex.cortex_place import CortexPlace
from .registration.cortex.gallery import CortexGallery, cortex_gallery
from .registration.cortex.locate import locate_cortex, locate_cortex_vertices
from .registration.exports.coordinates.coordinate_map import transform_points
from .registration.patches.locate import locate_patch
from .registration.patches.patch_place import PatchPlace
from .registration.planes.estimate import estimate_plane
from .registration.plates.demo import DemoSection, demo_sections
from .registration.plates.identification import Candidate, Identification
from .registration.plates.identify import identify
from .registration.run.register import register
from .registration.run.settings import RegisterSettings
from .registration.series.identify import identify_series

__version__: str
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
