"""How many of PyTorch's names are there, and whether the documents say so."""

from __future__ import annotations

from tests.oracle.coverage import TABLE, count, table


def test_far_more_than_400_names_are_there() -> None:
    assert count() > 1000


def test_the_table_in_the_documents_is_up_to_date() -> None:
    assert TABLE.read_text() == table(), "run `make coverage`"
