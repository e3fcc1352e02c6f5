"""The tree of anatomical structures that explains an atlas' label numbers."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from brainseek.catalog.core.errors import BrainseekError


@dataclass(frozen=True)
class Structure:
    """One anatomical structure.

    Attributes
    ----------
    id : int
        The number that stands for it in label images; 0 is never a structure.
    acronym, name : str
        Short and full name.
    parent_id : int or None
        The structure that holds it; None for the root.
    colour : (red, green, blue)
        Its conventional colour, 0 to 255.
    """

    id: int
    acronym: str
    name: str
    parent_id: int | None
    colour: tuple[int, int, int]


class StructureTree:
    """Structures with their parents and children.

    Parameters
    ----------
    structures : iterable of Structure
        Any order; exactly one has no parent.

    Raises
    ------
    BrainseekError
        When an id appears twice, a parent is missing, or there is not exactly one root.
    """

    def __init__(self, structures: Iterable[Structure]) -> None:
        by_id: dict[int, Structure] = {}
        for structure in structures:
            if structure.id in by_id:
                raise BrainseekError(
                    f"structure id {structure.id} appears twice in the tree; ids must be unique."
                )
            by_id[structure.id] = structure
        roots = [s for s in by_id.values() if s.parent_id is None]
        if len(roots) != 1:
            raise BrainseekError(
                f"the structure tree has {len(roots)} roots; exactly one row has no parent."
            )
        children: dict[int, list[Structure]] = {id_: [] for id_ in by_id}
        for structure in by_id.values():
            if structure.parent_id is None:
                continue
            if structure.parent_id not in by_id:
                raise BrainseekError(
                    f"structure {structure.acronym!r} has the unknown parent "
                    f"{structure.parent_id}; add that row or correct the id."
                )
            children[structure.parent_id].append(structure)
        self.root = roots[0]
        self._by_id = by_id
        self._by_acronym = {s.acronym: s for s in by_id.values()}
        self._children = {id_: tuple(found) for id_, found in children.items()}

    @classmethod
    def from_csv(cls, path: Path) -> "StructureTree":
        """Read a table with the columns id, acronym, name, parent_id and color_hex_triplet.

        Raises
        ------
        BrainseekError
            When a column is missing or a value is not of its kind.
        """
        with path.open(newline="", encoding="utf-8") as file:
            try:
                return cls(
                    Structure(
                        id=int(row["id"]),
                        acronym=row["acronym"],
                        name=row["name"],
                        parent_id=int(row["parent_id"]) if row["parent_id"] else None,
                        colour=_rgb(row["color_hex_triplet"]),
                    )
                    for row in csv.DictReader(file)
                )
            except (KeyError, TypeError, ValueError) as error:
                raise BrainseekError(
                    f"{path.name} is not a table of structures ({error}); "
                    "get the data set again or correct the file."
                ) from error

    def __len__(self) -> int:
        """Return the number of structures."""
        return len(self._by_id)

    def __iter__(self) -> Iterator[Structure]:
        """Walk through the structures in the order they were given."""
        return iter(self._by_id.values())

    def __contains__(self, id_: object) -> bool:
        """Tell whether a label number is in the tree."""
        return id_ in self._by_id

    def __getitem__(self, id_: int) -> Structure:
        """Return the structure with this id; `BrainseekError` when there is none."""
        try:
            return self._by_id[int(id_)]
        except KeyError:
            raise BrainseekError(
                f"structure id {id_} is not in the tree of {len(self)}; "
                "look ids up with by_acronym."
            ) from None

    @property
    def by_acronym(self) -> Mapping[str, Structure]:
        """Structures by their acronym."""
        return MappingProxyType(self._by_acronym)

    def children(self, id_: int) -> tuple[Structure, ...]:
        """Return the direct children, in the order of the table."""
        return self._children[self[id_].id]

    def ancestors(self, id_: int) -> tuple[Structure, ...]:
        """Return the structures that hold this one, from the root down to its parent."""
        found: list[Structure] = []
        parent_id = self[id_].parent_id
        while parent_id is not None:
            found.append(self[parent_id])
            parent_id = found[-1].parent_id
        return tuple(reversed(found))

    def descendants(self, id_: int) -> tuple[Structure, ...]:
        """Return every structure below this one (without itself), parents before children."""
        found: list[Structure] = []
        open_ids = [self[id_].id]
        while open_ids:
            for child in self._children[open_ids.pop(0)]:
                found.append(child)
                open_ids.append(child.id)
        return tuple(found)


def _rgb(triplet: str) -> tuple[int, int, int]:
    """Turn ``"B0F0FF"`` into (176, 240, 255)."""
    if len(triplet) != 6:
        raise ValueError(f"colour {triplet!r} does not have 6 hexadecimal digits")
    red, green, blue = bytes.fromhex(triplet)
    return red, green, blue
