"""An atlas from NIfTI files: a template, labels beside it and a table of names."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from brainseek.catalog.atlases.descriptor import Descriptor, LabelFile, read_descriptor
from brainseek.catalog.atlases.volume_atlas import VolumeAtlas
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.datasets.store import dataset_path
from brainseek.catalog.structures.table import made_colour, read_label_table
from brainseek.catalog.structures.tree import Structure, StructureTree
from brainseek.catalog.volumes.labels import compact_labels, whole_labels
from brainseek.catalog.volumes.nifti import nifti_volume
from brainseek.catalog.volumes.volume import Volume

_NAMED_IN_REMARK = 8


def nifti_atlas(path: Path, folder: Path | None = None) -> VolumeAtlas:
    """Open the atlas that a YAML file describes; its volumes are read when asked for.

    Parameters
    ----------
    path : Path
        The YAML file, see `brainseek.catalog.atlases.descriptor.Descriptor`.
    folder : Path, optional
        Folder of the atlas' files; by default that of its data set, or of the YAML file.

    Raises
    ------
    BrainseekError
        When the YAML file is missing or damaged.
    """
    about = read_descriptor(path)
    return VolumeAtlas(
        about.name,
        about.description,
        NiftiSource(about, path, folder),
        coordinates=_meanings(about.space_axes),
        spacing_um=about.spacing_um,
        pixel_size_um=about.pixel_size_um,
        space_axes=about.space_axes,
        orientation=about.plane,
        home=about.plane,
        annotation_sources=("labels",) if about.labels else (),
        encoder=about.encoder,
    )


class NiftiSource:
    """The volumes and structures that a descriptor names.

    Parameters
    ----------
    about : Descriptor
    path : Path
        The YAML file it came from.
    folder : Path, optional
        Where its files lie.
    """

    def __init__(self, about: Descriptor, path: Path, folder: Path | None = None) -> None:
        self._about, self._path, self._folder = about, path, folder

    @cached_property
    def folder(self) -> Path:
        """Where the files lie."""
        if self._about.data_set is not None:
            return self._folder or dataset_path(self._about.data_set)
        return self._folder or self._path.parent

    @cached_property
    def volume(self) -> Volume:
        """The template."""
        return self._read(self._about.template)

    @cached_property
    def annotation_volume(self) -> Volume | None:
        """The labels of all files, int32, on their own voxels."""
        merged: Volume | None = None
        for one in self._about.labels:
            found = self._labels(one)
            merged = found if merged is None else _merged(merged, found, one.file)
        if merged is not None:
            _check_place(self.volume, merged, self._about)
        return merged

    @cached_property
    def structures(self) -> StructureTree:
        """The structures of the table and of labels that it lacks."""
        named = self._named
        missing = [
            Structure(id_, f"label {id_}", f"label {id_}", None, made_colour(id_))
            for id_ in self._unnamed
        ]
        rows = [*named.values(), *missing]
        roots = [row for row in rows if row.parent_id is None]
        if len(roots) == 1 and len(rows) > 1:
            return StructureTree(rows)
        top = max((row.id for row in rows), default=0) + 1
        tops = [replace(row, parent_id=top) if row.parent_id is None else row for row in rows]
        return StructureTree([Structure(top, "root", "root", None, (255, 255, 255)), *tops])

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """The remarks of the descriptor, and which labels have no name."""
        unnamed = self._unnamed
        if not unnamed:
            return self._about.remarks
        some = ", ".join(str(id_) for id_ in unnamed[:_NAMED_IN_REMARK])
        more = ", ..." if len(unnamed) > _NAMED_IN_REMARK else ""
        return (
            *self._about.remarks,
            f"{len(unnamed)} labels of {self._about.name} have no name in "
            f"{self._about.structures} and are called by their number: {some}{more}.",
        )

    @cached_property
    def _named(self) -> dict[int, Structure]:
        """Structures of the table, by id; once for each label file."""
        if self._about.structures is None:
            return {}
        table = read_label_table(self.folder / self._about.structures)
        found: dict[int, Structure] = {}
        for one in self._about.labels:
            for row in table:
                structure = replace(
                    row,
                    id=row.id + one.offset,
                    acronym=row.acronym + one.suffix,
                    name=row.name + one.suffix,
                    parent_id=None if row.parent_id is None else row.parent_id + one.offset,
                )
                if found.setdefault(structure.id, structure) != structure:
                    raise BrainseekError(
                        f"{one.file} gives the label {structure.id} a second name in "
                        f"{self._path.name}; give the label files different offsets."
                    )
        return found

    @cached_property
    def _unnamed(self) -> tuple[int, ...]:
        """Labels of the files that the table lacks.

        Raises
        ------
        BrainseekError
            When it has none of the labels, so that it must be another atlas' table.
        """
        labels = self.annotation_volume
        if labels is None:
            return ()
        ids = [int(id_) for id_ in compact_labels(labels.data)[1] if id_ != 0]
        unnamed = tuple(id_ for id_ in ids if id_ not in self._named)
        if ids and len(unnamed) == len(ids):
            raise BrainseekError(
                f"{self._about.structures} has none of the {len(ids)} labels of "
                f"{self._about.name} (first {ids[0]}); give the table of this atlas."
            )
        return unnamed

    def _labels(self, one: LabelFile) -> Volume:
        volume = self._read(one.file)
        data = whole_labels(volume, one.file)
        data[data > 0] += one.offset
        return replace(volume, data=data)

    def _read(self, name: str) -> Volume:
        return nifti_volume(self.folder / name, self._about.space_axes, self._about.unit_um)


def _merged(first: Volume, second: Volume, name: str) -> Volume:
    """Return two label volumes as one; the first wins where both have a label."""
    same = first.data.shape == second.data.shape and np.allclose(
        (*first.step_um, *first.origin_um), (*second.step_um, *second.origin_um), rtol=0, atol=1.0
    )
    if not same:
        raise BrainseekError(
            f"{name} has other voxels than the label file before it ({second.data.shape} against "
            f"{first.data.shape}, or another affine); resample it onto those."
        )
    return replace(first, data=np.where(first.data > 0, first.data, second.data))


def _check_place(template: Volume, labels: Volume, about: Descriptor) -> None:
    """Refuse labels that lie beside their template."""
    for axis in range(3):
        middle = labels.centre_um[axis]
        half = template.voxel_size_um[axis] * template.data.shape[axis] / 2
        if abs(middle - template.centre_um[axis]) > half:
            raise BrainseekError(
                f"the labels of {about.name} are centred at {labels.axes[axis]} = {middle:.0f} µm, "
                f"outside {about.template}; correct the affine of one of them."
            )


def _meanings(space_axes: tuple[str, str, str]) -> tuple[str, str, str]:
    right, anterior, superior = space_axes
    return (
        f"{right} of the template in µm, positive = right",
        f"{anterior} of the template in µm, positive = anterior",
        f"{superior} of the template in µm, positive = superior",
    )
