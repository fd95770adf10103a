"""How the tests ask a simulator, and the tiny world that most of them ask about."""

from __future__ import annotations

import requests

from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.simulator.world import Event, ListedWorld, Room, Session, User

MIDNIGHT = 1767225600  # 2026-01-01 00:00 UTC
HOUR, DAY = 3600, 86400
MAIN, BREAKOUT, STAGE = "1_room0001", "1_room0002", "1_room0003"
CLASS, GROUP, TALK = "1_sess0001", "1_sess0002", "1_sess0003"
ADA = User("ada.l", "Lovelace, Ada", "ada@x.example", "User")
GUEST = User("", "=1+1", "", "Guest")
REPORT_PATH = "/api_v3/service/report/action/getCsvFromStringParams"


def tiny_world() -> ListedWorld:
    """Return a class from 10:01 to 11:05, its breakout, and a talk that was never closed."""
    ten = MIDNIGHT + 10 * HOUR
    return ListedWorld(
        [
            Room(MAIN, 'Room 5", north'),
            Room(BREAKOUT, "Group A", parent_entry_id=MAIN),
            Room(STAGE, "Stage", virtual_event_ids=("730011",)),
        ],
        [
            Session(CLASS, MAIN, ten + 60, ten + HOUR + 300, "Byron, Anne", "Anne"),
            Session(GROUP, BREAKOUT, ten + 1200, ten + 1800, "Anne", "Byron, Anne"),
            Session(TALK, STAGE, ten, ten, "Zoë 🎸", "zoe"),
        ],
        [
            Event(CLASS, ADA, 1, ten + 100, 600, 300),
            Event(CLASS, ADA, 1, ten + HOUR + 10, 120, 40),
            Event(CLASS, GUEST, 1, ten + HOUR + 20, 60, 7),
            Event(GROUP, ADA, 1, ten + 1300, 100, 50),
            Event(TALK, GUEST, 1, ten + 30, 700_000, 7),
        ],
    )


def call(
    simulator: Simulator, service: str, action: str, **parameters: object
) -> requests.Response:
    """Return the answer to a form post with format=1, unless another format is given."""
    return requests.post(
        f"{simulator.url}/api_v3/service/{service}/action/{action}",
        data={"format": 1, **parameters},
        timeout=30,
        headers={"Connection": "close"},
    )


def sign_in(simulator: Simulator, **parameters: object) -> str:
    """Return an ADMIN KS of the default account."""
    given = {
        "partnerId": DEFAULT_ACCOUNT.partner_id,
        "secret": DEFAULT_ACCOUNT.admin_secret,
        "type": 2,
        **parameters,
    }
    ks = call(simulator, "session", "start", **given).json()
    assert isinstance(ks, str), ks
    return ks


def ask(
    simulator: Simulator, report: int, params: str | None = None, **parameters: object
) -> requests.Response:
    """Return the answer to a report, of the first of January if `params` doesn't say else."""
    if params is None:
        params = f"from_date={MIDNIGHT};to_date={MIDNIGHT + DAY}"
    parameters.setdefault("ks", sign_in(simulator))
    return call(
        simulator, "report", "getCsvFromStringParams", id=report, params=params, **parameters
    )


def rows_of(answer: requests.Response) -> list[dict[str, str]]:
    """Return the rows of a CSV answer by column."""
    assert answer.content.startswith(b"\xef\xbb\xbf"), answer.text
    header, *lines, end = answer.content[3:].decode().split("\n")
    assert end == ""
    names = header.split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


def code_of(answer: requests.Response) -> str:
    """Return the code of a JSON error."""
    error = answer.json()
    assert error["objectType"] == "KalturaAPIException"
    return str(error["code"])
