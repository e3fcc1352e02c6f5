"""Made conditions: as trees, evaluated slowly, and as text."""

import math
import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.index.filters.made_filter_table import TEXT, VALUES

Tree = tuple[Any, ...]
"""What a condition says: the kind of a part, then its column and values, or its parts."""


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
    """Evaluate a tree for one row: True, False or None (unknown)."""
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
    """Write a tree with no more parentheses than SQL needs."""
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
