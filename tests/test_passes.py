"""The two passes of `make test`: which tests the second one has, and when the whole has failed."""

import pytest

from tests import passes
from tests.conftest import touches_database


def test_a_test_without_a_database_is_left_out(request: pytest.FixtureRequest) -> None:
    assert not touches_database(request.node)


@pytest.mark.django_db
def test_a_marked_test_is_kept(request: pytest.FixtureRequest) -> None:
    assert touches_database(request.node)


def test_a_test_of_which_a_fixture_uses_the_database_is_kept(
    request: pytest.FixtureRequest, admin_user: object
) -> None:
    assert touches_database(request.node)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """Hold the arguments and the database of each pass; both have passed."""
    return answering(monkeypatch, 0, 0)


def answering(monkeypatch: pytest.MonkeyPatch, *codes: int) -> list[tuple[list[str], str]]:
    """Let the passes end with these codes; return what they are asked for."""
    left, seen = list(codes), []

    def run(title: str, arguments: list[str], database: str) -> int:
        seen.append((arguments, database))
        return left.pop(0)

    monkeypatch.setattr(passes, "run", run)
    monkeypatch.setattr(passes, "postgres_problem", lambda: "")
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    return seen


def test_both_have_the_same_arguments(asked: list[tuple[list[str], str]]) -> None:
    assert passes.main(["-k", "sync"]) == 0
    assert asked == [
        (["-k", "sync"], ""),
        (["--only-database", "-k", "sync"], passes.POSTGRES),
    ]


def test_without_a_postgres_a_line_says_so(
    asked: list[tuple[list[str], str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(passes, "postgres_problem", lambda: "connection refused")
    assert passes.main([]) == 0
    assert asked == [([], "")]
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("The second pass, on PostgreSQL, is left out: connection refused")


def test_without_a_postgres_nothing_is_run_where_all_is_required(
    asked: list[tuple[list[str], str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passes, "postgres_problem", lambda: "connection refused")
    monkeypatch.setenv("REQUIRE_ALL", "1")
    assert passes.main([]) == 1
    assert asked == []


FAILED, INTERRUPTED, NO_TESTS = 1, 2, 5


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((FAILED, 0), FAILED),
        ((0, FAILED), FAILED),
        ((FAILED, NO_TESTS), FAILED),
        ((0, NO_TESTS), 0),  # none of the chosen tests touches the database
        ((NO_TESTS, NO_TESTS), NO_TESTS),
        ((INTERRUPTED,), INTERRUPTED),
    ],
)
def test_it_fails_when_either_has_failed(
    monkeypatch: pytest.MonkeyPatch, codes: tuple[int, ...], expected: int
) -> None:
    seen = answering(monkeypatch, *codes)
    assert passes.main([]) == expected
    assert len(seen) == len(codes)
