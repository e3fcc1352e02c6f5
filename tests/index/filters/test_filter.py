"""Conditions mean the same to a slow evaluator, to Arrow and to Lance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.filters.filter import MAX_NESTING, parse_filter
from tests.index.filters.filter_trees import TREES, Tree, slow, text_of
from tests.index.filters.made_filter_table import ROWS, TABLE, N


@pytest.fixture(scope="module")
def lance_ids(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[int]]:
    lance = pytest.importorskip("lance")
    dataset = lance.write_dataset(TABLE, str(tmp_path_factory.mktemp("filters") / "rows.lance"))
    return lambda sql: dataset.to_table(columns=["id"], filter=sql)["id"].to_pylist()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tree=TREES)
@example(tree=("compare", "structure_id", "=", 1 - 2**63, False))
@example(tree=("in", "position_um", [0.0, -1e22], True))
@example(tree=("not", ("compare", "position_um", ">", 1.5, False)))
@example(tree=("like", "structure", "a\\%", False, False))
@example(tree=("or", ("in", "plate", [0], True), ("in", "plate", [1], True)))
def test_slow_evaluator_arrow_and_lance_agree(
    tree: Tree, lance_ids: Callable[[str], list[int]]
) -> None:
    text = text_of(tree)
    condition = parse_filter(text, TABLE.schema)
    expected = [row["id"] for row in ROWS if slow(tree, row) is True]
    assert np.flatnonzero(condition.mask(TABLE)).tolist() == expected, text
    assert lance_ids(condition.sql) == expected, condition.sql


@pytest.mark.parametrize("operator", ["=", "<>", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("column", "value"), [("plate", 1), ("position_um", 0.0)])
def test_not_and_changed_sides_at_a_value_that_occurs(
    column: str, value: float, mirrored: bool, operator: str
) -> None:
    tree = ("compare", column, operator, value, mirrored)
    for tried in (tree, ("not", tree), ("not", ("not", tree))):
        mask = parse_filter(text_of(tried), TABLE.schema).mask(TABLE)
        assert mask.tolist() == [slow(tried, row) is True for row in ROWS]


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("Structure = 'CA1' AND stain='nissl'", "`structure` = 'CA1' AND `stain` = 'nissl'"),
        ("plate == 1e1", "`plate` = 10"),
        ("5 <= plate", "`plate` >= 5"),
        ("position_um > -.5", "`position_um` > -0.5"),
        ("not (plate = 1 or not stain like 'n%')", "`plate` <> 1 AND `stain` LIKE 'n%'"),
        ("created >= '2024-01-31'", "`created` >= TIMESTAMP '2024-01-31 00:00:00'"),
        ("created = '2024-01-31T10:20Z'", "`created` = TIMESTAMP '2024-01-31 10:20:00'"),
        ("plate not between 1 and 2", "`plate` < 1 OR `plate` > 2"),
        ("not flag", "`flag` <> TRUE"),
        ("not plate in (1,2)", "`plate` IS NOT NULL AND `plate` NOT IN (1, 2)"),
        ('"select" in (1) or select = 2', "`select` IN (1) OR `select` = 2"),
        (
            "plate = 1 and (plate = 2 or (plate = 3 and plate = 4))",
            "(`plate` = 3 AND `plate` = 4 OR `plate` = 2) AND `plate` = 1",
        ),
    ],
)
def test_canonical_text(text: str, sql: str, lance_ids: Callable[[str], list[int]]) -> None:
    condition = parse_filter(text, dict(zip(TABLE.schema.names, TABLE.schema.types, strict=True)))
    assert condition.sql == sql
    assert lance_ids(sql) == np.flatnonzero(condition.mask(TABLE)).tolist()


def test_lance_takes_the_deepest_and_the_longest_that_is_allowed(
    lance_ids: Callable[[str], list[int]],
) -> None:
    leaf = "plate not between -1 and 0"
    right, left, notted, both = leaf, leaf, leaf, leaf
    for _ in range(MAX_NESTING - 1):
        right = f"plate=1 or flag and ({right})"
        left = f"({left}) and flag or plate=1"
    for _ in range(MAX_NESTING - 2):
        notted = f"not (plate=1 or flag and {notted})"
    for joint in ("or", "and") * 4:
        both = f"({both}) {joint} ({both})"
    long = " or ".join(["plate=1"] * 700 + ["flag and plate=2"] * 100)
    for text in (right, left, notted, both, long):
        condition = parse_filter(text, TABLE.schema)
        found = lance_ids(condition.sql)
        assert 0 < len(found) < N
        assert np.flatnonzero(condition.mask(TABLE)).tolist() == found


@pytest.mark.parametrize("pattern", ["k", "K", "\u212a", "s", "ß", "_", "İ", "ς", "%\n"])
def test_unusual_letters_match_alike(pattern: str, tmp_path: Path) -> None:
    lance = pytest.importorskip("lance")
    letters = ["k", "\u212a", "s", "ſ", "ß", "ẞ", "İ", "i", "σ", "ς", "Σ", "é", "e\u0301", "x\n"]
    table = pa.table({"id": range(len(letters)), "note": letters})
    dataset = lance.write_dataset(table, str(tmp_path / "t.lance"))
    for operator in ("like", "ilike"):
        condition = parse_filter(f"note {operator} '{pattern}'", table.schema)
        found = dataset.to_table(columns=["id"], filter=condition.sql)["id"].to_pylist()
        assert np.flatnonzero(condition.mask(table)).tolist() == found


def test_mask_takes_chunks_dictionaries_and_no_rows() -> None:
    condition = parse_filter("structure = 'CA1' and plate >= 0", TABLE.schema)
    assert condition.columns == ("plate", "structure")
    expected = condition.mask(TABLE)
    assert expected.dtype == np.bool_
    assert expected.any()
    chunks = pa.concat_tables([TABLE.slice(0, 5), TABLE.slice(5, 1), TABLE.slice(6)])
    encoded = chunks.set_column(
        chunks.schema.get_field_index("structure"),
        "structure",
        chunks["structure"].dictionary_encode(),
    )
    for table in (chunks, encoded):
        np.testing.assert_array_equal(condition.mask(table), expected)
    assert condition.mask(TABLE.slice(0, 0)).shape == (0,)
    with pytest.raises(BrainseekError, match="reads plate and the table"):
        condition.mask(TABLE.drop_columns(["plate"]))


def test_mask_keeps_the_order_of_many_rows() -> None:
    numbers = np.random.default_rng(0).integers(0, 1000, 400_000)
    table = pa.table({"plate": pa.array(numbers, pa.int32())})
    mask = parse_filter("plate < 100", table.schema).mask(table)
    np.testing.assert_array_equal(mask, numbers < 100)
