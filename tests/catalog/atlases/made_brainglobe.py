"""A tiny BrainGlobe atlas (version 3) in its format on disk, written byte by byte."""

import json
from pathlib import Path

import numpy as np

NAME, RESOLUTION_UM = "made_mouse_50um", (50.0, 40.0, 40.0)
STRUCTURES = [(997, "root", []), (8, "grey", [997]), (1009, "fibres", [997]), (9, "ctx", [997, 8])]


def made_volumes() -> tuple[np.ndarray, np.ndarray]:
    """Template uint16 and annotation uint32, (20, 16, 18) along anterior, superior, right."""
    ap, dv, ml = np.mgrid[:20, :16, :18]
    inside = ((ap - 9.5) / 9) ** 2 + ((dv - 7.5) / 7) ** 2 + ((ml - 8.5) / 8) ** 2 < 1
    template = np.where(inside, 200 + 13 * ap + 5 * dv + 7 * ml, 0).astype(np.uint16)
    labels = np.where(dv < 6, 9, np.where(ml < 7, 1009, 8))  # the low ml is on the right
    return template, np.where(inside, labels, 0).astype(np.uint32)


def write_brainglobe(root: Path, with_volumes: bool = True) -> None:
    """Write the atlas below ``root``, as ``brainglobe install`` would."""
    base = root / "brainglobe-atlasapi"
    template, annotation = made_volumes()
    locations = {
        "annotation_set": "/annotation-sets/made-annotation/1_0",
        "template": "/templates/made-template/1_0",
        "terminology": "/terminologies/made-terminology/1_0",
        "coordinate_space": "/coordinate-spaces/made-space/1_0",
    }
    _zarr(base / locations["template"][1:] / "template.ome.zarr", template, with_volumes)
    set_folder = base / locations["annotation_set"][1:]
    _zarr(set_folder / "annotations_compressed.ome.zarr", annotation, with_volumes)
    table = base / locations["terminology"][1:] / "terminology.csv"
    table.parent.mkdir(parents=True)
    rows = ["identifier,parent_identifier,annotation_value,name,abbreviation,"
            "color_hex_triplet,root_identifier_path"]  # fmt: skip
    for id_, acronym, above in STRUCTURES:
        path = json.dumps([*above, id_])
        parent = above[-1] if above else ""
        rows.append(f'{id_},{parent},{id_},{acronym} name,{acronym},#0A0B{id_ % 99:02d},"{path}"')
    table.write_text("\n".join(rows) + "\n")
    entries = {key: {"name": key, "location": place} for key, place in locations.items()}
    entries["annotation_set"]["template"] = entries["template"]  # type: ignore[assignment]
    manifest = {
        "name": "made_mouse",
        "citation": "unpublished",
        "atlas_link": "none",
        "species": "Mus musculus",
        "symmetric": True,
        "resolution": RESOLUTION_UM,
        "orientation": "asr",
        "shape": template.shape,
        "version": "1.0",
        "additional_references": [],
        **entries,
    }
    path = base / "atlases" / NAME / "1_0" / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(manifest))


def _zarr(folder: Path, data: np.ndarray, with_volume: bool) -> None:
    """Write an OME-Zarr 0.5 image of one level, one uncompressed chunk."""
    scale = [size / 1000 for size in RESOLUTION_UM]
    axes = [{"name": name, "type": "space", "unit": "millimeter"} for name in "zyx"]
    level = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": scale}]}
    image = {"name": "image", "axes": axes, "datasets": [level]}
    group = {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {"ome": {"version": "0.5", "multiscales": [image]}},
    }
    array = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": data.shape,
        "data_type": str(data.dtype),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": data.shape}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
        "attributes": {},
        "dimension_names": ["z", "y", "x"],
    }
    (folder / "0").mkdir(parents=True)
    (folder / "zarr.json").write_text(json.dumps(group))
    (folder / "0" / "zarr.json").write_text(json.dumps(array))
    if with_volume:
        chunk = folder / "0" / "c" / "0" / "0" / "0"
        chunk.parent.mkdir(parents=True)
        chunk.write_bytes(np.ascontiguousarray(data).tobytes())
