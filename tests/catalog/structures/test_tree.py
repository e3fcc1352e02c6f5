"""The structure tree: relations, what it refuses, and its table."""

from pathlib import Path

import numpy as np
import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.structures.tree import Structure, StructureTree


def grey_tree() -> StructureTree:
    rows = [(1, "A", None), (2, "B", 1), (3, "C", 1), (4, "D", 2), (5, "E", 4)]
    return StructureTree(Structure(i, a, a.lower(), p, (i, i, i)) for i, a, p in rows)


def test_structure_tree_relations():
    tree = grey_tree()
    assert tree.root.id == 1
    assert len(tree) == 5
    assert 5 in tree
    assert 9 not in tree
    assert [s.id for s in tree] == [1, 2, 3, 4, 5]
    assert [s.id for s in tree.children(1)] == [2, 3]
    assert [s.id for s in tree.ancestors(5)] == [1, 2, 4]
    assert [s.id for s in tree.descendants(1)] == [2, 3, 4, 5]
    assert tree.descendants(5) == ()
    assert tree.ancestors(1) == ()
    assert tree.by_acronym["D"] is tree[np.int32(4)]
    with pytest.raises(BrainseekError, match="id 9 is not in the tree"):
        tree[9]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(1, None), (1, None)], "appears twice"),
        ([(1, None), (2, None)], "2 roots"),
        ([(1, 2), (2, 1)], "0 roots"),
        ([(1, None), (2, 7)], "unknown parent 7"),
    ],
)
def test_structure_tree_refuses(rows, message):
    with pytest.raises(BrainseekError, match=message):
        StructureTree(Structure(i, str(i), "", p, (0, 0, 0)) for i, p in rows)


def test_structure_table(tmp_path: Path):
    table = tmp_path / "s.csv"
    table.write_text(
        "id,acronym,name,parent_id,color_hex_triplet\n8,g,Grey,,0080FF\n9,c,C,8,000000\n"
    )
    tree = StructureTree.from_csv(table)
    assert tree.root == Structure(8, "g", "Grey", None, (0, 128, 255))
    assert tree[9].parent_id == 8
    for text in ("id,name\n1,x\n", "id,acronym,name,parent_id,color_hex_triplet\n1,a,b,,12\n"):
        table.write_text(text)
        with pytest.raises(BrainseekError, match=r"s\.csv is not a table of structures"):
            StructureTree.from_csv(table)
