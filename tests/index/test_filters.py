"""Conditions mean the same to a slow evaluator, to Arrow and to Lance; all else is refused."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog import BrainseekError
from index import filter_reader
from index.filters import MAX_LENGTH, MAX_NESTING, parse_filter

N = 24
DAY = datetime(2024, 1, 31, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

WORDS = ["CA1", "ca1", "CA3", "", "it's", "a\\b", "50%", "x_y", "É", "two\nlines", 'say "so"', "%"]
VALUES: dict[str, list[Any]] = {
    "structure": [*WORDS, None],
    "stain": ["nissl", "dapi", None],
    "plate": [-3, 0, 1, 2, 40, 2**31 - 1, -(2**31), None],
    "structure_id": [0, 7, -(2**63) + 1, 2**63 - 1, 2**53 + 1, None],
    "position_um": [0.0, -0.0, 1.5, -1e-300, 1e22, math.inf, -math.inf, math.nan, None],
    "weight": [float(np.float32(0.1)), 0.0, -0.0, 2.5, math.nan, None],
    "flag": [True, False, None],
    "created": [DAY, DAY + MICROSECOND, datetime(1600, 1, 1, tzinfo=UTC), None],
    "select": [1, 2, None],
    "Odd Name": ["CA1", None],
}
TYPES = {
    "structure": pa.string(),
    "stain": pa.large_string(),
    "plate": pa.int32(),
    "structure_id": pa.int64(),
    "position_um": pa.float64(),
    "weight": pa.float32(),
    "flag": pa.bool_(),
    "created": pa.timestamp("us", "UTC"),
    "select": pa.int16(),
    "Odd Name": pa.string(),
}
TEXT = ("structure", "stain", "Odd Name")


def made_table() -> pa.Table:
    rng = np.random.default_rng(0)
    columns = {"id": pa.array(range(N), pa.int64())}
    for name, values in VALUES.items():
        cells = [values[i % len(values)] for i in rng.permutation(N)]
        columns[name] = pa.array(cells, TYPES[name])
    columns["vector"] = pa.FixedSizeListArray.from_arrays(pa.array(np.ones(N, np.float32)), 1)
    columns["thumbnail"] = pa.array([b"png"] * N)
    return pa.table(columns)


TABLE = made_table()
ROWS = TABLE.to_pylist()


@pytest.fixture(scope="module")
def lance_ids(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[int]]:
    lance = pytest.importorskip("lance")
    dataset = lance.write_dataset(TABLE, str(tmp_path_factory.mktemp("filters") / "rows.lance"))
    return lambda sql: dataset.to_table(columns=["id"], filter=sql)["id"].to_pylist()


# A slow evaluator: True, False or None (unknown) for one row.

Tree = tuple[Any, ...]


def order(value: Any) -> Any:
    """NaN is larger than every number."""
    if isinstance(value, float):
        return (1, 0.0) if math.isnan(value) else (0, value)
    return value.encode() if isinstance(value, str) else value


def compared(operator: str, cell: Any, value: Any) -> bool | None:
    if cell is None:
        return None
    a, b = order(cell), order(value)
    return {"=": a == b, "<>": a != b, "!=": a != b}.get(operator, False) or (
        (operator in ("<", "<=") and a < b)
        or (operator in (">", ">=") and a > b)
        or (operator in ("<=", ">=") and a == b)
    )


def negation(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def like(cell: str | None, pattern: str, ignore_case: bool) -> bool | None:
    if cell is None:
        return None
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(c, re.escape(c)) for c in pattern)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.fullmatch(regex, cell, flags) is not None


def slow(tree: Tree, row: dict[str, Any]) -> bool | None:
    kind, *rest = tree
    if kind == "not":
        return negation(slow(rest[0], row))
    if kind in ("and", "or"):
        answers = [slow(part, row) for part in rest]
        decisive = kind == "or"
        if decisive in answers:
            return decisive
        return None if None in answers else not decisive
    cell = row[rest[0]]
    if kind == "compare":
        return compared(rest[1], cell, rest[2])
    if kind == "in":
        found = None if cell is None else any(compared("=", cell, v) for v in rest[1])
        return negation(found) if rest[2] else found
    if kind == "between":
        parts = compared(">=", cell, rest[1]), compared("<=", cell, rest[2])
        found = None if cell is None else all(parts)
        return negation(found) if rest[3] else found
    if kind == "like":
        found = like(cell, rest[1], rest[2])
        return negation(found) if rest[3] else found
    if kind == "null":
        return (cell is None) != rest[1]
    assert kind == "alone"
    return cell


# The text of a tree, with no more parentheses than SQL needs.


def written(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, datetime):
        return f"'{value.strftime('%Y-%m-%d %H:%M:%S.%f')}'"
    return str(value).upper() if isinstance(value, bool) else repr(value)


def named(column: str) -> str:
    """Quote some names, write others in capitals: both mean the same column."""
    return f'"{column}"' if column in ("Odd Name", "plate") else column.upper()


def text_of(tree: Tree, above: str = "") -> str:
    kind, *rest = tree
    if kind == "not":
        return f"NOT {text_of(rest[0], 'not')}"
    if kind in ("and", "or"):
        text = f" {kind} ".join(text_of(part, kind) for part in rest)
        loose = kind == "or" and above in ("and", "not")
        return f"({text})" if loose or (kind == "and" and above == "not") else text
    column = named(rest[0])
    if kind == "compare":
        mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        if rest[3]:
            return f"{written(rest[2])} {mirrored.get(rest[1], rest[1])} {column}"
        return f"{column}{rest[1]}{written(rest[2])}"
    no = "NOT " if rest[-1] is True else ""
    if kind == "in":
        return f"{column} {no}IN ({','.join(written(v) for v in rest[1])})"
    if kind == "between":
        return f"{column} {no}BETWEEN {written(rest[1])} AND {written(rest[2])}"
    if kind == "like":
        return f"{column} {no}{'ilike' if rest[2] else 'LIKE'} {written(rest[1])}"
    if kind == "null":
        return f"{column} is {no}null"
    return column


def values_of(column: str) -> st.SearchStrategy[Any]:
    known = [v for v in VALUES[column] if v is not None]
    if isinstance(known[0], float):
        known = [v for v in known if math.isfinite(v)]
        fresh: st.SearchStrategy[Any] = st.floats(
            allow_nan=False, allow_infinity=False, width=32 if column == "weight" else 64
        )
    elif isinstance(known[0], str):
        fresh = st.text(max_size=5)
    elif isinstance(known[0], datetime):
        fresh = st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC))
    elif isinstance(known[0], bool):
        fresh = st.booleans()
    else:
        bits = {"plate": 31, "structure_id": 63, "select": 15}[column]
        fresh = st.integers(1 - 2**bits, 2**bits - 1)
    return st.one_of(st.sampled_from(known), fresh)


def leaves_of(column: str) -> st.SearchStrategy[Tree]:
    value, name, flip = values_of(column), st.just(column), st.booleans()
    operators = ["=", "<>", "!="] + ["<", "<=", ">", ">="] * (column != "flag")
    compare = st.tuples(st.just("compare"), name, st.sampled_from(operators), value, st.booleans())
    kinds = [
        compare,
        st.tuples(st.just("in"), name, st.lists(value, min_size=1, max_size=4), flip),
        st.tuples(st.just("null"), name, flip),
    ]
    if column == "flag":
        kinds.append(st.tuples(st.just("alone"), name))
    else:
        kinds.append(st.tuples(st.just("between"), name, value, value, flip))
    if column in TEXT:
        pattern = st.text("CcAa1%_\\sé\n'.*", max_size=5)
        kinds.append(st.tuples(st.just("like"), name, pattern, st.booleans(), flip))
    return st.one_of(kinds)


FEW = {"plate": st.integers(0, 2), "flag": st.booleans(), "structure": st.sampled_from(["CA1", ""])}
"""Few values, so that the parts of a tree repeat and exclude each other: engines simplify that."""


def close_leaves(column: str) -> st.SearchStrategy[Tree]:
    value, flip = FEW[column], st.booleans()
    return st.one_of(
        st.tuples(st.just("in"), st.just(column), st.lists(value, min_size=1, max_size=2), flip),
        st.tuples(st.just("compare"), st.just(column), st.sampled_from(["=", "<>"]), value, flip),
        st.tuples(st.just("null"), st.just(column), flip),
    )


TREES: st.SearchStrategy[Tree] = st.recursive(
    st.one_of(
        st.sampled_from(sorted(VALUES)).flatmap(leaves_of),
        st.sampled_from(sorted(FEW)).flatmap(close_leaves),
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner, inner),
    ),
    max_leaves=8,
)


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


PIECES = (
    "( ) , ; . - -- /* */ * + = == != <> < > <= >= ' '' \" ` [ ] { } {{ {% :: : ? @ $ % & | || ! ~ "
    "^ \\ and or not in between is null like ilike escape true false case when then end select "
    "from where cast as date timestamp interval exists any all structure plate created flag "
    "position_um vector thumbnail 'x' 'nissl' 1 -1 1.5 1e5 1e999 0x1F \"plate\" '2024-01-31' lower "
    "array row values drop table with distinct similar to rlike regexp isnull notnull symmetric "
    "\x00 \ud800 é １"
)
ANY_TEXT = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(PIECES.split(" ")), max_size=14).map(" ".join)
)


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT)
def test_any_text_is_a_filter_or_one_sentence(text: str) -> None:
    assert_filter_or_error(text)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["(", "not ", "not(", "- ", "-(", "((", "plate = (", "plate in (", "plate = "])
    .flatmap(lambda start: st.tuples(st.just(start), st.integers(1, MAX_LENGTH // len(start))))
    .map(lambda pair: pair[0] * pair[1]),
    st.sampled_from(["plate = 1", "1", "plate", ""]),
    st.integers(0, 3000),
)
def test_deep_text_is_a_filter_or_one_sentence(start: str, middle: str, closing: int) -> None:
    assert_filter_or_error(start + middle + ")" * closing)
    assert_filter_or_error(start + middle + ")" * start.count("("))


def assert_filter_or_error(text: str) -> None:
    try:
        condition = parse_filter(text, TABLE.schema)
    except BrainseekError as error:
        message = str(error)
        assert message.endswith(".")
        assert "\n" not in message
        assert len(message) < 500
    else:
        assert condition.mask(TABLE).shape == (N,)


REFUSED = {
    "": "is empty",
    " \n": "is empty",
    "structur = 'CA1'": "'structur'.*neither a column.*structure, stain",
    "lower(structure) = 'ca1'": "'lower'.*neither",
    "plate(1) = 2": "one column with values",
    "plate = 1; drop table rows": "';'",
    "plate = 1;": "';'",
    "plate = 1 -- all": "comment '-- all'",
    "plate = 1 /* x */ and flag": "comment",
    "/**/ plate = 1": "comment",
    "plate /* x = 1": "without an end",
    "structure = 'CA1": "without an end",
    "plate + 1 = 2": r"'\+'",
    "plate - 1 = 2": "one column with values",
    "plate = - - 1": "one column with values",
    "plate = (values (1))": "'values'",
    "plate = 'abc'": "plate holds whole numbers .int32. and 'abc'",
    "plate = 1.5": "plate holds whole numbers",
    "plate = 3000000000": "plate holds whole numbers .int32. and '3000000000'",
    "structure_id > -9223372036854775808": "structure_id holds whole numbers",
    "plate = true": "'True' is not such",
    "plate like '1%'": "plate holds whole numbers",
    "structure like 5": "LIKE compares text",
    "structure = 5": "structure holds text .string. and '5'.*structure LIKE 'CA%'",
    "position_um < 1e999": "'1e999'",
    "weight < 1e39": "'1e39'",
    "flag = 1": "true or false",
    "flag < true": "no order",
    "created > 'yesterday'": "'yesterday'.*created >= '2024-",
    "created > '2024-02-30'": "'2024-02-30'",
    "created > '20240130'": "'20240130'",
    "created > 5": "times",
    "structure = null": "structure IS NULL",
    "structure in ('CA1', null)": "structure IS NULL",
    "structure in ()": "one column with values",
    "structure in (stain)": "one column with values",
    "structure = stain": "one column with values",
    "1 = 1": "one column with values",
    "true": "one column with values",
    "plate": "one column with values",
    "'CA1'": "one column with values",
    "plate = 1 = 1": "one column with values",
    "plate is true": "one column with values",
    "rows.plate = 1": "'rows'",
    "stain.plate = 1": "one column with values",
    "plate = 1 plate": "one column with values",
    "structure = 'a' 'b'": "one column with values",
    "structure like 'a' escape 'b'": "'escape'",
    "plate between symmetric 1 and 2": "'symmetric'",
    "plate = 1 and": "in order at",
    "(plate = 1": "in order at",
    "plate = 1)": "in order at",
    "vector is null": "column 'vector' holds data",
    "thumbnail = 'x'": "column 'thumbnail' holds data",
    '"Plate" = 1': "'Plate'",
    "`plate` = 1": "'`'",
    "structure = \ud800": "surrogate",
    "plate = ？": "'？'",
    "not " * (MAX_NESTING + 1) + "flag": "nested more than",
    "(" * (MAX_NESTING + 1) + "flag" + ")" * (MAX_NESTING + 1): "nested more than",
    " or ".join(["plate = 1"] * 1000): "characters long",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30].encode("ascii", "replace"))
def test_refuses_what_is_not_allowed_and_names_it(text: str) -> None:
    with pytest.raises(BrainseekError, match=REFUSED[text]):
        parse_filter(text, TABLE.schema)


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


def test_refuses_more_levels_than_lance_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "plate = 1 and (flag or plate = 2 and (flag or plate = 3))"
    monkeypatch.setattr(filter_reader, "MAX_LEVELS", 3)
    parse_filter(text, TABLE.schema)
    monkeypatch.setattr(filter_reader, "MAX_LEVELS", 2)
    with pytest.raises(BrainseekError, match="too many levels"):
        parse_filter(text, TABLE.schema)


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
