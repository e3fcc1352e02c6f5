"""What a label number stands for, when the structure tree may not know it."""

from brainseek.catalog.structures.tree import Structure, StructureTree

UNKNOWN_COLOUR = (150, 150, 150)


def region(tree: StructureTree, id_: int) -> Structure:
    """Return a structure, or a grey stand-in named after its number where the tree has none."""
    if id_ in tree:
        return tree[id_]
    return Structure(id_, f"id{id_}", f"structure {id_}", None, UNKNOWN_COLOUR)


def path_of(tree: StructureTree, id_: int) -> str:
    """Return the acronyms from the root down to a structure, joined by ``/``."""
    if id_ not in tree:
        return region(tree, id_).acronym
    return "/".join([*(above.acronym for above in tree.ancestors(id_)), tree[id_].acronym])
