"""How evidence, links and who somebody is are written on the pages about who is who."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _, ngettext

from reports.analytics.suggestions import Reason, ReasonKind
from reports.definitions import MATCH_WORDS
from reports.models import IdentityLink, User
from reports.queries.classes import CourseClass
from reports.queries.identities import Match, PersonRow
from reports.queries.links import Decided
from reports.queries.unmatched import Appearance, Known, Waiting
from reports.tables.figures import count_text, day_text, moment_text, unknown_text
from reports.tables.marks import class_title
from reports.tables.roster import kind_text, shown_name


def person_text(person: PersonRow | None) -> str:
    """Return what Kaltura calls the person, or what stands in for that."""
    if person is None:
        return _("somebody who is in no session of this course now")
    if person.erased_at is not None:
        return _("an erased person")
    own_id = "" if person.is_placeholder else person.user_id
    return person.name or person.email or own_id or _("somebody without a name")


def reason_text(reason: Reason, name: str, typed: str) -> str:
    """Return a piece of evidence in words: `name` is the learner's, `typed` what Kaltura says."""
    n = reason.n
    words = {"n": count_text(n), "of": count_text(reason.of), "name": name, "typed": typed}
    if reason.kind in _ALIKE:
        return _ALIKE[reason.kind]()
    if reason.kind == ReasonKind.SAME_USER:
        text = ngettext(
            "this very person is %(name)s in %(n)s class already",
            "this very person is %(name)s in %(n)s classes already",
            n,
        )
    elif reason.kind == ReasonKind.EARLIER:
        text = ngettext(
            "“%(typed)s” was said to be %(name)s %(n)s time before",
            "“%(typed)s” was said to be %(name)s %(n)s times before",
            n,
        )
    elif reason.kind == ReasonKind.FILLS_GAPS:
        text = ngettext(
            "never in a class together, and there in %(n)s class that %(name)s was missing from",
            "never in a class together, and there in %(n)s classes that %(name)s was missing from",
            n,
        )
    elif reason.kind == ReasonKind.ALWAYS_TOGETHER:
        text = _("%(name)s was in all of these %(of)s classes too: a second device, perhaps")
    else:
        text = ngettext(
            "but %(name)s was in %(n)s of %(of)s class too: a second device, or somebody else",
            "but %(name)s was in %(n)s of %(of)s classes too: a second device, or somebody else",
            reason.of,
        )
    return text % words


_ALIKE = {
    ReasonKind.SAME_NAME: lambda: _("the same name"),
    ReasonKind.PART_OF_NAME: lambda: _("a part of the name, which nobody else has"),
    ReasonKind.SAME_LOCAL_PART: lambda: _("the same e-mail address before the @"),
    ReasonKind.USER_ID: lambda: _("Kaltura's user id is the e-mail address before the @"),
}


def stored_reasons(evidence: Mapping[str, Any]) -> Iterable[Reason]:
    """Return the reasons of a link as they were when it was made; what isn't known is left out."""
    for kind, n, of in evidence.get("reasons", ()):
        if kind in set(ReasonKind):
            yield Reason(ReasonKind(kind), n, of)


def match_text(match: Match) -> str:
    """Return how somebody came to be who they are, and who said so."""
    text = str(MATCH_WORDS[match.how])
    if match.link is None:
        return text
    return _("%(how)s by %(who)s") % {"how": text, "who": user_text(match.link.made_by)}


def user_text(user: User | None) -> str:
    return (user.get_full_name() or user.username) if user else _("somebody who is gone")


def from_text(link: IdentityLink, zone: ZoneInfo) -> str:
    """Return from when on the link counts; "" for one that always does."""
    if link.valid_from is None:
        return ""
    return _("for classes from %(day)s on") % {"day": day_text(link.valid_from, zone)}


# Rows of the page --------------------------------------------------------------------------------


@dataclass(frozen=True)
class SuggestionText:
    """A suggestion as it is shown."""

    user: str
    name: str
    kind: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """Who waits, as it is shown: one person, or several who are taken for one."""

    of: Waiting
    title: str
    has_name: bool
    remark: str
    first: str
    last: str
    suggestions: tuple[SuggestionText, ...]
    people: tuple[tuple[Appearance, str, bool], ...]  # when they were there, and is it ticked
    is_refused: bool  # what was just sent about them
    is_ticked: bool  # for what is done with several cards


def waiting_card(
    of: Waiting, zone: ZoneInfo, *, refused: Set[int] = frozenset(), ticked: Set[int] = frozenset()
) -> Card:
    """Return the card; `refused` are the people whose own form was refused."""
    title = person_text(of.first_of_all)
    is_refused = any(it.person.pk in refused for it in of.people)
    suggestions = tuple(
        SuggestionText(
            it.line.moodle_user_id,
            shown_name(it.line),
            kind_text(it.line),
            tuple(reason_text(reason, shown_name(it.line), title) for reason in it.reasons),
        )
        for it in of.suggestions
    )
    people = tuple(
        (
            it,
            class_title(it.first, zone),
            it.person.pk in refused if is_refused else True,
        )
        for it in of.people
    )
    return Card(
        of=of,
        title=title,
        has_name=any(of.texts),
        remark=_remark(of),
        first=class_title(of.first, zone),
        last=class_title(of.last, zone),
        suggestions=suggestions,
        people=people,
        is_refused=is_refused,
        is_ticked=any(it.person.pk in ticked for it in of.people),
    )


def _remark(of: Waiting) -> str:
    if of.is_guest:
        return _("guest")
    return _("without an id of Kaltura's") if not of.user_id else _("signed in, not in the roster")


@dataclass(frozen=True)
class IdentityText:
    """One person of Kaltura's who is somebody of the course."""

    of: Appearance
    name: str
    first: str
    ways: tuple[str, ...]
    links: tuple[int, ...]  # of the course, to be taken back


@dataclass(frozen=True)
class KnownRow:
    """Somebody of the course, as they are shown."""

    of: Known
    name: str
    kind: str
    identities: tuple[IdentityText, ...]

    @property
    def links(self) -> tuple[int, ...]:
        """All that were made in the course."""
        return tuple(link for it in self.identities for link in it.links)


def known_row(of: Known, zone: ZoneInfo) -> KnownRow:
    """Return the row."""
    identities = tuple(
        IdentityText(
            of=it,
            name=person_text(it.person),
            first=class_title(it.first, zone),
            ways=tuple(match_text(match) for match in it.ways),
            links=tuple(way.link.pk for way in it.ways if way.link and way.link.course_id),
        )
        for it in of.identities
    )
    return KnownRow(of, shown_name(of.line), kind_text(of.line), identities)


@dataclass(frozen=True)
class DecidedRow:
    """A link, as it is shown."""

    of: Decided
    typed: str
    user_id: str
    first: str  # "": in none of the classes shown
    name: str  # "": nobody
    begins: str
    evidence: tuple[str, ...]
    made: str
    undone: str


def decided_row(of: Decided, zone: ZoneInfo, first: CourseClass | None) -> DecidedRow:
    """Return the row; `first` is the first class of those shown that the person was in."""
    link, typed = of.link, person_text(of.person)
    name = ""
    if link.moodle_user_id:
        name = shown_name(of.line) if of.line else _("somebody who is not in this course")
    undone = ""
    if link.undone_at is not None:
        undone = _moment_text(link.undone_at, link.undone_by, zone)
    has_id = of.person is not None and not of.person.is_placeholder and not of.person.erased_at
    return DecidedRow(
        of=of,
        typed=typed,
        user_id=of.person.user_id if of.person is not None and has_id else "",
        first=class_title(first, zone) if first else "",
        name=name,
        begins=from_text(link, zone),
        evidence=tuple(
            reason_text(it, name or unknown_text(), typed) for it in stored_reasons(link.evidence)
        ),
        made=_moment_text(link.made_at, link.made_by, zone),
        undone=undone,
    )


def _moment_text(at: datetime, by: User | None, zone: ZoneInfo) -> str:
    return _("%(at)s by %(who)s") % {"at": moment_text(at, zone), "who": user_text(by)}
