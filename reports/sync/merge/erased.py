"""Finds who of a tile was erased, keeps them out of what is written, and learns their new names.

`attendances` gives their seconds to the pseudonym. Here their names go from where Kaltura gives no
user id: hosts and initiators of sessions, and lines that could not be read. What is known of somebody
erased is a set of keyed hashes: of the key, of the names and addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Q

from reports.models import Account, ErasedPerson, RoomSession
from reports.sync.answers import AttendanceSum, SetAside
from reports.sync.people import email_key, erasure_hash, is_placeholder_id, name_key, person_key
from reports.sync.traces import ERASED_TEXT, Words

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

CUE_POINT = re.compile(r"\d_[a-z0-9]{4,}\Z")


def hide_erased(merge: Merge) -> None:
    """Note who in the stage was erased, and take their names out of the rest of the tile's data."""
    rows = ErasedPerson.objects.filter(account=merge.account)
    known = dict(rows.values_list("key_hash", "pseudonym_id"))
    if not known:
        return
    erasure_key = merge.account.erasure_key
    hashes = _Hashes(erasure_key, known)
    pseudonyms = merge.stage.pseudonyms
    for key in merge.stage.people:
        pseudonym = known.get(erasure_hash(erasure_key, key))
        if pseudonym is not None:
            pseudonyms[key] = pseudonym
    named: list[AttendanceSum] = []
    for (_, key), row in merge.data.attendances.items() if pseudonyms else ():
        if key in pseudonyms:
            named.append(row)
            _learn(merge.account, hashes, pseudonyms[key], row)
    _hide_hosts(merge, hashes)
    words = Words.of(_texts(named))
    merge.data.set_aside = list(hidden_lines(merge.data.set_aside, hashes, words))


class _Hashes:
    """The hashes of an account's erased people."""

    def __init__(self, erasure_key: str, known: dict[str, int]) -> None:
        self.erasure_key = erasure_key
        self.known = known

    def has(self, key: str) -> bool:
        return erasure_hash(self.erasure_key, key) in self.known

    def names_host(self, text: str, cue_point_id: str) -> bool:
        """Return whether the text is a name, or for an initiator the user id, of somebody erased."""
        if not text.strip():
            return False
        return (
            self.has(name_key(text))
            or self.has(name_key(text, cue_point_id))
            or self.has(person_key(cue_point_id, text, None, None))
        )

    def in_line(self, line: str) -> bool:
        """Return whether a field of the line is the id, name or address of somebody erased."""
        fields = [field.strip().strip('"') for field in line.split(",")]
        fields = [field for field in fields if field]
        cues = ["", *(field for field in fields if CUE_POINT.match(field))]
        keys = {name_key(field, cue) for field in fields for cue in cues}
        keys |= {email_key(field) for field in fields if "@" in field}
        keys |= {person_key("", it, None, None) for it in fields if not is_placeholder_id(it)}
        return any(self.has(key) for key in keys)


def hidden_lines(lines: list[SetAside], hashes: _Hashes, words: Words) -> Iterable[SetAside]:
    """Yield the lines; those that name somebody erased, and their neighbours, without their text.

    A line break in a name leaves two lines, of which only one may hold what can be recognised.
    """
    naming = {
        (line.report_id, line.number)
        for line in lines
        if words.in_line(line.text) or hashes.in_line(line.text)
    }
    for line in lines:
        near = {(line.report_id, line.number + step) for step in (-1, 0, 1)}
        yield replace(line, text=ERASED_TEXT) if near & naming else line


def _learn(account: Account, hashes: _Hashes, pseudonym: int, row: AttendanceSum) -> None:
    """Keep the hashes of what an erased person is called by now, and take it from stored hosts."""
    cue = row.cue_point_id if row.is_placeholder else ""
    keys = [name_key(row.name, cue)] if row.name else []
    keys += [email_key(row.email)] if row.email and not row.is_placeholder else []
    for key in keys:
        digest = erasure_hash(hashes.erasure_key, key)
        if digest not in hashes.known:
            ErasedPerson.objects.create(account=account, key_hash=digest, pseudonym_id=pseudonym)
            hashes.known[digest] = pseudonym
            if row.name:
                blank_hosts(account, [row.name], cue)


def blank_hosts(account: Account, names: Iterable[str], cue_point_id: str = "") -> int:
    """Take these names from the stored hosts and initiators; return how many sessions had them."""
    names = list(names)
    sessions = list(hosted_by(account, names, cue_point_id))
    for session in sessions:
        for field in ("host_name", "initiator"):
            if any(name_key(getattr(session, field)) == name_key(name) for name in names):
                setattr(session, field, "")
    RoomSession.objects.bulk_update(sessions, ["host_name", "initiator"], batch_size=200)
    return len(sessions)


def hosted_by(
    account: Account, names: Iterable[str], cue_point_id: str = ""
) -> Iterable[RoomSession]:
    """Return the sessions whose host or initiator is called so; of one session, or of them all."""
    called = Q(pk__in=[])
    for name in names:
        called |= Q(host_name__iexact=name) | Q(initiator__iexact=name)
    sessions = RoomSession.objects.filter(called, account=account)
    return sessions.filter(cue_point_id=cue_point_id) if cue_point_id else sessions


def _hide_hosts(merge: Merge, hashes: _Hashes) -> None:
    for facts in merge.data.sessions.values():
        if facts.host_name and hashes.names_host(facts.host_name, facts.cue_point_id):
            facts.host_name = ""
    for breakout in merge.data.breakouts.values():
        if breakout.initiator and hashes.names_host(breakout.initiator, breakout.cue_point_id):
            breakout.initiator = ""


def _texts(rows: Iterable[AttendanceSum]) -> Iterable[str]:
    """Yield what users are called; a guest's name may be anybody's in other sessions."""
    for row in rows:
        if not row.is_placeholder:
            yield from (row.user_id, row.name or "", row.email or "")
