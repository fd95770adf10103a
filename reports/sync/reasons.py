"""Reasons that people typed with their decisions, where they name somebody who is being erased.

A learner's corrections go as a whole; this is about those on others ("with Amara in the clinic") and
about merged and ignored sessions. A guest's name is looked for in the one session alone: the same name
elsewhere may be somebody else's.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from reports.models import (
    CountedPart,
    Enrolment,
    IgnoredSession,
    MergedSession,
    PresenceCorrection,
)
from reports.sync.traces import ERASED_TEXT, Words

KINDS: tuple[Any, ...] = (CountedPart, IgnoredSession, MergedSession, PresenceCorrection)
BATCH = 500


def names_of(texts: Iterable[str], enrolments: Iterable[Enrolment]) -> Words:
    """Return what the person is called, in Kaltura (these texts) and in Moodle."""
    in_moodle = [text for it in enrolments for text in (it.name, it.user_name, it.email)]
    return Words.of([*texts, *in_moodle])


def reasons_naming(
    account_id: int, words: Words, cue_point_id: str = ""
) -> Iterator[tuple[Any, list[int]]]:
    """Yield each kind of decision with the keys of those whose reason names the person."""
    for kind in KINDS:
        rows = kind.objects.filter(account=account_id).exclude(reason__in=("", ERASED_TEXT))
        if cue_point_id:
            rows = rows.filter(cue_point_id=cue_point_id)
        texts = rows.order_by("pk").values_list("pk", "reason")
        keys = [pk for pk, text in texts.iterator() if words.in_text(text)]
        if keys:
            yield kind, keys


def blank_reasons(account_id: int, words: Words, cue_point_id: str = "") -> None:
    """Let the reasons say no more than that they were erased; what was decided stays."""
    for kind, keys in reasons_naming(account_id, words, cue_point_id):
        for at in range(0, len(keys), BATCH):
            kind.objects.filter(pk__in=keys[at : at + BATCH]).update(reason=ERASED_TEXT)
