"""Erasing a person for good: seconds stay under a pseudonym, and no later sync brings anybody back.

What is found and what stays is written in docs/retention.md. Keyed hashes of the key, the name and
the address are kept, so that a merge knows the person and stores nothing of what it was told.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reports.models import (
    AccessLogEntry,
    Account,
    Attendance,
    ErasedPerson,
    IdentityLink,
    Person,
    PresenceCorrection,
    Room,
    RoomSession,
    SetAsideLine,
    Snapshot,
    Upload,
    UploadState,
)
from reports.sync.merge.erased import blank_hosts, hosted_by
from reports.sync.moodle_users import (
    FoundUser,
    corrections_of,
    enrolments_of,
    links_to,
    moodle_users_of,
)
from reports.sync.people import email_key, erasure_hash, name_key
from reports.sync.reasons import blank_reasons, names_of, reasons_naming
from reports.sync.snapshot_lines import unpacked
from reports.sync.traces import ERASED_TEXT, Words

PSEUDONYM = "e:"  # beginning of a pseudonym's key; its number follows
NUMBERED_FROM = 1
SEARCHES = ("search", "host", "where", "who")  # parts of an address that people type names into


class AlreadyErased(Exception):
    """Nothing of the person is left that could be erased."""


@dataclass(frozen=True)
class Traces:
    """Where a person is named. Keys of rows; what can't be found by a key is counted."""

    sessions: int  # attended: they stay, under the pseudonym
    hosted: list[int]  # sessions whose host or initiator is called so
    set_aside: list[int]  # lines that could not be read, with their neighbours
    snapshots: list[int]
    uploads: list[int]  # previews that nobody has decided on
    log_entries: list[int]  # lines of the access log whose detail names the person
    links: list[int]  # to a Moodle user
    enrolments: list[int]  # in courses of the account's Moodle sites
    corrections: list[int]  # what teachers said of the person's presence
    reasons: int  # of other decisions, that name the person
    rooms: int  # whose names have the person's name in them: they stay


def words_of(person: Person) -> Words:
    """Return what the person is called; a placeholder's id is nobody's."""
    return Words.of([person.user_id, person.name, person.email])


def find_traces(person: Person) -> Traces:
    """Return where the person is named. Reads every kept snapshot of the account."""
    words = words_of(person)
    attended = Attendance.objects.filter(person=person).values("session").distinct()
    names = Room.objects.filter(account=person.account_id).values_list("name", flat=True)
    users = moodle_users_of(person)
    corrections = set(corrections_of(users).values_list("pk", flat=True))
    return Traces(
        sessions=attended.count(),
        hosted=sorted(session.pk for session in hosted(person)),
        set_aside=set_aside_naming(person.account_id, words, cue_point_of(person)),
        snapshots=[it.pk for it in _snapshots(person) if names_in_snapshot(it, words)],
        uploads=[it.pk for it in _previews(person) if names_in_upload(it, words)],
        log_entries=[entry.pk for entry in log_entries_naming(words, person.key)],
        links=sorted(links_of(person, users).values_list("pk", flat=True)),
        enrolments=sorted(enrolments_of(users).values_list("pk", flat=True)),
        corrections=sorted(corrections),
        reasons=_count_reasons(person, users, corrections),
        rooms=sum(words.in_text(name) for name in names.iterator()),
    )


def erase_person(person: Person, traces: Traces) -> Person:
    """Erase the person and return the pseudonym. One transaction.

    `traces` is of just now; what a merge may have added meanwhile is looked for again.
    Raises: AlreadyErased.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=person.account_id)
        stored = Person.objects.select_for_update().get(pk=person.pk)
        if stored.erased_at is not None:
            raise AlreadyErased
        words = words_of(stored)
        cue = cue_point_of(stored)
        users = moodle_users_of(stored)  # before what says so goes
        corrections_of(users).delete()
        links_of(stored, users).delete()
        blank_reasons(account.pk, _called(stored, users), cue)
        enrolments_of(users).update(
            name="", user_name="", email="", id_number="", erased_at=timezone.now()
        )
        blank_hosts(account, _host_names(stored), cue)
        lines = set_aside_naming(account.pk, words, cue)
        SetAsideLine.objects.filter(pk__in=lines).update(text=ERASED_TEXT)
        Snapshot.objects.filter(pk__in=traces.snapshots).delete()
        Upload.objects.filter(pk__in=traces.uploads, state=UploadState.PREVIEW).delete()
        for entry in AccessLogEntry.objects.filter(pk__in=traces.log_entries):
            detail = _without(words, entry.detail, stored.key)
            AccessLogEntry.objects.filter(pk=entry.pk).update(detail=detail)
        _become_pseudonym(account, stored, cue)
        Account.objects.filter(pk=account.pk).update(data_version=F("data_version") + 1)
    return stored


def hosted(person: Person) -> list[RoomSession]:
    """Return the sessions whose host or initiator is called as the person; a guest's own alone."""
    cue = cue_point_of(person)
    if person.is_placeholder and not cue:
        return []
    return list(hosted_by(person.account, _host_names(person), cue))


def links_of(person: Person, users: Sequence[FoundUser] = ()) -> QuerySet[IdentityLink]:
    """Return which Moodle user the person was taken for, and who else for the users that it was.

    Undone decisions too.
    """
    own = IdentityLink.objects.filter(account=person.account_id, person_key=person.key)
    links: QuerySet[IdentityLink] = own | links_to(users)
    return links


def set_aside_naming(
    account_id: int, words: Words, cue_point_id: str = "", *, beside: bool = True
) -> list[int]:
    """Return the keys of the unread lines that name somebody, and of the lines beside them.

    With a session's id only its lines: a guest's name is not looked for elsewhere.
    """
    lines = SetAsideLine.objects.filter(tile__account=account_id).exclude(text=ERASED_TEXT)
    naming = [
        (tile, report, number)
        for tile, report, number, text in lines.values_list(
            "tile", "report_id", "number", "text"
        ).iterator()
        if cue_point_id in text and words.in_line(text)
    ]
    found: set[int] = set()
    for tile, report, number in naming:
        first, last = (number - 1, number + 1) if beside else (number, number)
        near = lines.filter(tile=tile, report_id=report, number__range=(first, last))
        found |= set(near.values_list("pk", flat=True))
    return sorted(found)


def names_in_snapshot(snapshot: Snapshot, words: Words) -> bool:
    """Return whether the answer, its error or what it was asked for names somebody."""
    asked = [str(text) for ids in snapshot.filters.values() for text in ids]
    if any(words.in_line(text) for text in (*asked, snapshot.error)):
        return True
    return _in_content(bytes(snapshot.content), words)


def names_in_upload(upload: Upload, words: Words) -> bool:
    """Return whether one of the files names somebody."""
    contents = upload.files.values_list("content", flat=True)
    return any(_in_content(bytes(content), words) for content in contents.iterator(chunk_size=1))


def _in_content(content: bytes, words: Words) -> bool:
    try:
        lines = b"".join(unpacked(content)) if content else b""
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return True  # nobody can tell what is in it
    return any(words.in_line(line) for line in lines.decode(errors="replace").splitlines())


def log_entries_naming(words: Words, key: str) -> Iterator[AccessLogEntry]:
    """Yield the lines of the access log whose detail names somebody, as a search for a name does.

    A guest's `Person.key` is a hash that anybody could make of a name that they guess: links name it.
    """
    for entry in AccessLogEntry.objects.exclude(detail={}).order_by("pk").iterator():
        if _without(words, entry.detail, key) != entry.detail:
            yield entry


def _called(person: Person, users: Sequence[FoundUser]) -> Words:
    """Return what the person is called in reasons that somebody types."""
    return names_of([person.user_id, person.name, person.email], enrolments_of(users))


def _count_reasons(person: Person, users: Sequence[FoundUser], without: set[int]) -> int:
    """Return how many reasons name the person, those of their own corrections apart."""
    words, cue = _called(person, users), cue_point_of(person)
    return sum(
        len(set(keys) - without if kind is PresenceCorrection else keys)
        for kind, keys in reasons_naming(person.account_id, words, cue)
    )


def _snapshots(person: Person) -> Iterator[Snapshot]:
    """Yield the answers that may hold the person: of the account, or of a KS of any partner."""
    own = Q(account=person.account_id) | Q(account__isnull=True)
    yield from Snapshot.objects.filter(own).order_by("pk").iterator(chunk_size=1)


def _previews(person: Person) -> Iterator[Upload]:
    """Yield the uploads that wait to be stored: their bytes are still here."""
    waiting = Upload.objects.filter(account=person.account_id, state=UploadState.PREVIEW)
    yield from waiting.order_by("pk")


def cue_point_of(person: Person) -> str:
    """Return the only session of a placeholder, out of its key; "" for a user of the account."""
    kind, _sign, rest = person.key.partition(":")
    return rest.partition(":")[0] if kind == "s" else ""


def _host_names(person: Person) -> list[str]:
    user_id = "" if person.is_placeholder else person.user_id
    return [text for text in (person.name, user_id) if text.strip()]


def _become_pseudonym(account: Account, person: Person, cue: str) -> None:
    keys = [person.key]
    if person.name.strip() and (cue or not person.is_placeholder):
        keys.append(name_key(person.name, cue))
    if person.email.strip() and not person.is_placeholder:
        keys.append(email_key(person.email))
    number = _next_number(account)
    with translation.override(settings.LANGUAGE_CODE):  # stored: as the site speaks
        name = _("Erased person %(n)s") % {"n": number}
    person.key, person.name = f"{PSEUDONYM}{number}", name
    person.user_id = person.email = ""
    person.erased_at = timezone.now()
    person.save()
    ErasedPerson.objects.bulk_create(
        [
            ErasedPerson(
                account=account,
                key_hash=erasure_hash(account.erasure_key, key),
                pseudonym=person,
            )
            for key in keys
        ],
        ignore_conflicts=True,  # somebody else of the same name was erased before
    )


def _next_number(account: Account) -> int:
    keys = Person.objects.filter(account=account, key__startswith=PSEUDONYM)
    numbers = [key.removeprefix(PSEUDONYM) for key in keys.values_list("key", flat=True)]
    return max([NUMBERED_FROM - 1, *(int(it) for it in numbers if it.isdecimal())]) + 1


def _without(words: Words, value: Any, key: str) -> Any:
    """Return what an access log line keeps, with the person's name and key taken out of it."""
    if isinstance(value, dict):
        return {name: _without(words, part, key) for name, part in value.items()}
    if isinstance(value, list):
        return [_without(words, part, key) for part in value]
    if value == key:
        return ERASED_TEXT
    if not isinstance(value, str):
        return value
    if "=" in value:
        pairs = parse_qsl(value)
        kept = [(name, _typed_without(words, name, text)) for name, text in pairs]
        return value if kept == pairs else urlencode(kept)
    return ERASED_TEXT if words.in_text(value) else value


def _typed_without(words: Words, key: str, text: str) -> str:
    """Return a part of an address; a search that is for the person is nobody's from now on."""
    is_search = key in SEARCHES and words.found_by(text)
    return ERASED_TEXT if is_search or words.in_text(text) else text
