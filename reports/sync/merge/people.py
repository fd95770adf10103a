"""People of a tile: found by key, made, renamed by the latest session that names them.

An erased person's key leads to the pseudonym: a later sync can't bring anybody back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.models import Account, Attendance, ErasedPerson, Person
from reports.sync.answers import AttendanceSum
from reports.sync.people import erasure_hash

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

CHUNK = 2000


def write_people(merge: Merge) -> dict[str, Person]:
    """Return the person of every key in the tile."""
    named = _latest_names(merge)
    people = _erased(merge.account, named)
    wanted = sorted(named.keys() - people.keys())
    people |= _stored(merge.account, wanted)
    new = [
        Person(
            account=merge.account,
            key=key,
            user_id=named[key].user_id,
            name=named[key].name or "",
            email=named[key].email or "",
            is_placeholder=named[key].is_placeholder,
        )
        for key in wanted
        if key not in people
    ]
    Person.objects.bulk_create(new, batch_size=500)
    _rename(merge, people, named)
    return people | {person.key: person for person in new}


def _latest_names(merge: Merge) -> dict[str, AttendanceSum]:
    """Return for each key the row of its latest session, one with a name before one without."""

    def rank(row: AttendanceSum) -> tuple[bool, int, str]:
        session = merge.data.sessions.get(row.cue_point_id)
        return (row.name is not None, session.start_unix if session else 0, row.cue_point_id)

    named: dict[str, AttendanceSum] = {}
    for (_, key), row in merge.data.attendances.items():
        if key not in named or rank(row) > rank(named[key]):
            named[key] = row
    return named


def _erased(account: Account, named: dict[str, AttendanceSum]) -> dict[str, Person]:
    erased = ErasedPerson.objects.filter(account=account).select_related("pseudonym")
    by_hash = {row.key_hash: row.pseudonym for row in erased}
    if not by_hash:
        return {}
    hashes = {key: erasure_hash(account.erasure_key, key) for key in named}
    return {key: by_hash[digest] for key, digest in hashes.items() if digest in by_hash}


def _stored(account: Account, keys: list[str]) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for first in range(0, len(keys), CHUNK):
        chunk = Person.objects.filter(account=account, key__in=keys[first : first + CHUNK])
        people |= {person.key: person for person in chunk}
    return people


def _rename(merge: Merge, people: dict[str, Person], named: dict[str, AttendanceSum]) -> None:
    """Take new names and e-mails, unless a later tile has given the ones that are stored."""
    differing = [
        person
        for key, person in people.items()
        if named[key].name is not None
        and person.erased_at is None
        and (person.name, person.email) != (named[key].name, named[key].email or "")
    ]
    later = set(
        Attendance.objects.filter(
            person__in=[p for p in differing if p.name], tile__start_at__gt=merge.tile.start_at
        ).values_list("person_id", flat=True)
    )
    changed = [person for person in differing if person.pk not in later]
    for person in changed:
        row = named[person.key]
        person.name, person.email = row.name or "", row.email or ""
    Person.objects.bulk_update(changed, ["name", "email"], batch_size=200)
