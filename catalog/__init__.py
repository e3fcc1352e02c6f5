"""The data that exist: the manifest, fetching and verifying, sections, atlases.

Names are loaded when first used, so that ``import catalog`` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from catalog.errors import BrainseekError

if TYPE_CHECKING:
    from catalog.atlas import Atlas, Plate, atlas_names, load_atlas
    from catalog.geodesics import Geodesics
    from catalog.manifest import DataSet, Manifest, load_manifest
    from catalog.readers.rectangle import Window
    from catalog.section import Section, read_section, section_from_array
    from catalog.store import get, locate, verify
    from catalog.surface import Surface
    from catalog.surfaces import load_surface
    from catalog.window import read_window

_HOMES = {
    "Atlas": "catalog.atlas",
    "DataSet": "catalog.manifest",
    "Geodesics": "catalog.geodesics",
    "Manifest": "catalog.manifest",
    "Plate": "catalog.atlas",
    "Section": "catalog.section",
    "Surface": "catalog.surface",
    "Window": "catalog.readers.rectangle",
    "atlas_names": "catalog.atlas",
    "get": "catalog.store",
    "load_atlas": "catalog.atlas",
    "load_manifest": "catalog.manifest",
    "load_surface": "catalog.surfaces",
    "locate": "catalog.store",
    "read_section": "catalog.section",
    "read_window": "catalog.window",
    "section_from_array": "catalog.section",
    "verify": "catalog.store",
}

__all__ = [
    "Atlas",
    "BrainseekError",
    "DataSet",
    "Geodesics",
    "Manifest",
    "Plate",
    "Section",
    "Surface",
    "Window",
    "atlas_names",
    "get",
    "load_atlas",
    "load_manifest",
    "load_surface",
    "locate",
    "read_section",
    "read_window",
    "section_from_array",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'catalog' has no attribute {name!r}")
