"""The description of an atlas that lies in NIfTI files: a small YAML file."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.volumes.volume import ORIENTATIONS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class LabelFile:
    """One file of labels.

    Attributes
    ----------
    file : str
    offset : int
        Added to every label but 0, where files use the same numbers for different structures.
    suffix : str
        Added to the names of its structures, e.g. " (left)".
    """

    file: str
    offset: int = 0
    suffix: str = ""


@dataclass(frozen=True)
class Descriptor:
    """What an atlas YAML says.

    Attributes
    ----------
    name, description : str
        The name has letters, digits, dots, dashes and underscores.
    template : str
        NIfTI file of the pictures.
    labels : tuple of LabelFile
        Their structures; where two files label a voxel, the first wins.
    structures : str or None
        Table of names, see `brainseek.catalog.structures.table`.
    data_set : str or None
        Data set of the manifest that holds the files; by default they lie beside the YAML.
    plane : str
        Plane of the plates.
    spacing_um : float
        Distance of the plates.
    pixel_size_um : float or None
        Pixel of the plates; by default that of the template.
    unit_um : float or None
        Length of one unit of the affines, where their headers are wrong.
    space_axes : tuple of three str
        Names of the world coordinates right, anterior, superior.
    encoder : str or None
        Encoder that finds the plates.
    remarks : tuple of str
        Sentences that every user should read.
    """

    name: str
    description: str
    template: str
    labels: tuple[LabelFile, ...] = ()
    structures: str | None = None
    data_set: str | None = None
    plane: str = "coronal"
    spacing_um: float = 100.0
    pixel_size_um: float | None = None
    unit_um: float | None = None
    space_axes: tuple[str, str, str] = ("x", "y", "z")
    encoder: str | None = None
    remarks: tuple[str, ...] = ()


def read_descriptor(path: Path) -> Descriptor:
    """Read an atlas YAML; its keys are the attributes of `Descriptor`.

    Raises
    ------
    BrainseekError
        When the file is missing or no YAML, or a key is unknown, missing or of the wrong kind.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise BrainseekError(
            f"the atlas file {path} can't be read; check its name or use one of the known atlases."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise BrainseekError(f"the atlas file {path} is not valid YAML: {problem}.") from None
    given = _mapping(content, Descriptor, path.name)
    labels = given.get("labels") or []
    if not isinstance(labels, list):
        raise _wrong(path.name, "labels", labels, "a list of files")
    given["labels"] = tuple(_label_file(one, path.name) for one in labels)
    for key in ("spacing_um", "pixel_size_um", "unit_um"):
        if given.get(key) is not None:
            given[key] = _positive(given[key], key, path.name)
    for key in ("name", "description", "template", "structures", "data_set", "encoder"):
        if key in given and not isinstance(given[key], str):
            raise _wrong(path.name, key, given[key], "text")
    if not _NAME.fullmatch(given["name"]):
        raise _wrong(path.name, "name", given["name"], "letters, digits, dots and dashes")
    if given.get("plane", "coronal") not in ORIENTATIONS:
        raise _wrong(path.name, "plane", given["plane"], f"one of {', '.join(ORIENTATIONS)}")
    given["space_axes"] = _axes(given.get("space_axes", ["x", "y", "z"]), path.name)
    given["remarks"] = _texts(given.get("remarks", []), "remarks", path.name)
    if given["labels"] and not given.get("structures"):
        raise BrainseekError(
            f"{path.name} has labels but no structures; name the table that explains them."
        )
    return Descriptor(**given)


def _mapping(content: Any, kind: type, where: str) -> dict[str, Any]:
    """Return YAML content as keyword arguments of a dataclass."""
    known = [field.name for field in fields(kind)]
    if not isinstance(content, dict):
        raise BrainseekError(
            f"{where} does not hold an atlas; write keys and values: {', '.join(known)}."
        )
    for key in content:
        if key not in known:
            raise BrainseekError(f"unknown key {key!r} in {where}; known are {', '.join(known)}.")
    required = ("name", "description", "template") if kind is Descriptor else ("file",)
    for key in required:
        if not content.get(key):
            raise BrainseekError(f"{where} lacks the key {key!r}; add it.")
    return dict(content)


def _label_file(content: Any, where: str) -> LabelFile:
    if isinstance(content, str):
        return LabelFile(content)
    given = _mapping(content, LabelFile, f"labels of {where}")
    if not isinstance(given.get("offset", 0), int) or given.get("offset", 0) < 0:
        raise _wrong(where, "offset", given["offset"], "a whole number from 0")
    return LabelFile(str(given["file"]), given.get("offset", 0), str(given.get("suffix", "")))


def _positive(value: Any, key: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise _wrong(where, key, value, "a positive number")
    return float(value)


def _axes(value: Any, where: str) -> tuple[str, str, str]:
    axes = _texts(value, "space_axes", where)
    if len(set(axes)) != 3 or len(axes) != 3:
        raise _wrong(where, "space_axes", value, "three names for right, anterior, superior")
    if set(axes) & {"AP", "DV", "ML"}:
        raise _wrong(
            where, "space_axes", value, "other names: AP, DV and ML mean CCFv3 µm from the front"
        )
    right, anterior, superior = axes
    return right, anterior, superior


def _texts(value: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(where, key, value, "a list of texts")
    return tuple(value)


def _wrong(where: str, key: str, value: Any, wanted: str) -> BrainseekError:
    return BrainseekError(f"{key} in {where} is {value!r}; write {wanted}.")
