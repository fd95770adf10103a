"""Every number that a table defines has its words, and every status and remark too."""

import pytest

from reports.definitions import (
    ADMINISTRATION,
    DEFINITIONS,
    FIGURES,
    FINDINGS,
    READING,
    REGISTER,
    ROSTER,
    ROSTER_ERRORS,
    STATUS_SENTENCES,
    STATUSES,
    WORDS,
)
from reports.exports.export import NAMES, SHAPES, table_of
from reports.kaltura import REPORTS
from reports.models import FindingKind
from reports.queries.session_lines import SessionStatus


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_column_has_its_own_key_and_title_and_a_known_definition(
    name: str, shape: str
) -> None:
    columns = table_of(name, shape).columns  # type: ignore[arg-type]
    assert len({column.key for column in columns}) == len(columns)
    assert len({str(column.title) for column in columns}) == len(columns)
    assert {column.definition for column in columns} - {""} <= DEFINITIONS.keys()


def test_each_figure_for_people_is_defined() -> None:
    for name in NAMES:
        for column in table_of(name, "full").columns:
            if column.kind in ("minutes", "percent", "count"):
                assert column.definition, column.key


def test_definitions_are_sentences_under_their_own_key() -> None:
    for key, definition in DEFINITIONS.items():
        assert definition.key == key
        assert str(definition.sentence).endswith(".")
        assert str(definition.name)
    assert len({str(definition.name) for definition in DEFINITIONS.values()}) == len(DEFINITIONS)


def test_every_definition_is_in_one_group() -> None:
    groups = (READING, FIGURES, WORDS, ROSTER, REGISTER, ADMINISTRATION)
    keys = [one.key for group in groups for one in group]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(DEFINITIONS)


def test_each_number_says_where_it_comes_from() -> None:
    for definition in FIGURES:
        assert str(definition.source).endswith("."), definition.key


def test_columns_that_a_number_comes_from_are_kaltura_s() -> None:
    for definition in DEFINITIONS.values():
        for report_id, column in definition.columns:
            assert column in REPORTS[report_id].column_names, definition.key


def test_each_status_of_a_session_has_its_words() -> None:
    assert set(STATUSES) == set(STATUS_SENTENCES) == {status.value for status in SessionStatus}


def test_each_kind_of_finding_has_its_words() -> None:
    assert set(FINDINGS) == set(FindingKind.values)


def test_each_reason_for_no_roster_says_what_happened_and_what_to_do() -> None:
    for words in ROSTER_ERRORS.values():
        assert str(words.sentence).endswith(".")
        assert str(words.advice).endswith(".")
