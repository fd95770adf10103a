"""Removing what has been kept long enough, account by account, in short transactions.

What each limit reaches is written in docs/retention.md. `due` counts and changes nothing; `apply`
does the same things, and may be stopped and begun anew at any point. Every batch is a transaction
under the account's lock, as merges are, and raises `data_version`.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from reports.models import (
    AccessLogEntry,
    Account,
    Attendance,
    ErasedPerson,
    IdentityLink,
    Person,
    Restatement,
    RetentionPolicy,
    RoomSession,
    Run,
    RunState,
    SetAsideLine,
    Snapshot,
    Tile,
)
from reports.models.retention import first_kept
from reports.sync.allowance import Allowance

BATCH = 200
ACTOR = "retention"  # in the access log, where a person's name would stand


@dataclass(frozen=True)
class Counts:
    """What is due, or what was done, in rows."""

    days: int = 0  # UTC days whose attendances are removed
    attendances: int = 0  # removed, or those of the people below
    people: int = 0  # who become pseudonyms, or are removed
    hosts: int = 0  # sessions that name a host or an initiator
    set_aside_lines: int = 0
    snapshots: int = 0
    restatements: int = 0
    runs: int = 0

    def __bool__(self) -> bool:
        return any(asdict(self).values())


def due(policy: RetentionPolicy, now: datetime | None = None) -> Counts:
    """Return what `apply` would do now. Changes nothing; the policy need not be stored."""
    rows = _Rows(policy, now or timezone.now())
    people = rows.people_keys()
    return Counts(
        days=rows.days().count(),
        attendances=rows.attendances().count() if policy.removes else rows.count_of(people),
        people=len(people),
        hosts=rows.hosts().count(),
        set_aside_lines=rows.set_aside_lines().count(),
        snapshots=rows.snapshots().count(),
        restatements=rows.restatements().count(),
        runs=rows.runs().count(),
    )


def apply(
    policy: RetentionPolicy, now: datetime | None = None, allowance: Allowance | None = None
) -> Counts:
    """Remove what is due, or as much of it as the allowance lets; return how much that was."""
    now = now or timezone.now()
    allowance = allowance or Allowance()
    rows = _Rows(policy, now)
    batches = _Batches(policy.account_id, allowance)
    days, attendances = _empty_days(rows, allowance)
    if policy.removes:
        people = batches.do(rows.people(), _delete_people, rows.people_keys())
    else:
        keys = rows.people_keys()
        people = batches.do(rows.people(), _pseudonymise, keys)
        attendances = rows.count_of(keys[:people])
    return Counts(
        days=days,
        attendances=attendances,
        people=people,
        hosts=batches.do(rows.hosts(), _blank_hosts),
        set_aside_lines=batches.do(rows.set_aside_lines(), _delete),
        snapshots=batches.do(rows.snapshots(), _delete),
        restatements=batches.do(rows.restatements(), _delete),
        runs=batches.do(rows.runs(), _delete),
    )


def _empty_days(rows: "_Rows", allowance: Allowance) -> tuple[int, int]:
    """Delete the attendances of the days that are due; return how many days and attendances."""
    days = attendances = 0
    for pk in list(rows.days().values_list("pk", flat=True)):
        if allowance.is_used_up():
            break
        with _changing(rows.account_id):
            attendances += Attendance.objects.filter(tile=pk).delete()[0]
            days += Tile.every.filter(pk=pk, removed_at__isnull=True).update(removed_at=rows.now)
    return days, attendances


def log_lines_due(now: datetime | None = None) -> QuerySet[AccessLogEntry]:
    """Return the lines of the access log that are older than the site keeps them."""
    cut = first_kept(settings.ACCESS_LOG_DAYS or None, now or timezone.now())
    return AccessLogEntry.objects.filter(at__lt=cut) if cut else AccessLogEntry.objects.none()


def apply_log(now: datetime | None = None) -> int:
    """Delete the lines of the access log that are due, and return how many there were."""
    count = 0
    while some := list(log_lines_due(now).values_list("pk", flat=True)[:BATCH]):
        count += AccessLogEntry.objects.filter(pk__in=some).delete()[0]
    if count:
        _note("access log", access_log_lines=count)
    return count


def apply_and_note(policy: RetentionPolicy, now: datetime | None = None) -> Counts:
    """Do what is due and leave a line in the access log where there was anything."""
    done = apply(policy, now)
    if done:
        _note(f"account {policy.account.name}", **asdict(done))
    return done


def apply_all(now: datetime | None = None) -> dict[str, Counts]:
    """Do what is due in every account, and in the access log. Returns the counts by account."""
    policies = RetentionPolicy.objects.select_related("account").order_by("account__name")
    done = {policy.account.name: apply_and_note(policy, now) for policy in policies}
    apply_log(now)
    return done


def apply_daily(now: datetime | None = None) -> int:
    """Do what is due in the accounts that no worker has taken up today; return how many those were.

    Made to be called often: two queries where there is nothing to do. Of several workers one takes
    an account up; should it die on the way, the rest goes the next day.
    """
    now = now or timezone.now()
    today = now.astimezone(UTC).date()
    waiting = RetentionPolicy.objects.filter(Q(applied_on__isnull=True) | Q(applied_on__lt=today))
    taken = 0
    for policy in list(waiting.select_related("account")):
        if waiting.filter(pk=policy.pk).update(applied_on=today):
            apply_and_note(policy, now)
            taken += 1
    if log_lines_due(now).exists():
        apply_log(now)
    return taken


class _Rows:
    """The rows that a policy's limits reach; each limit is a UTC midnight."""

    def __init__(self, policy: RetentionPolicy, now: datetime) -> None:
        self.policy = policy
        self.account_id = policy.account_id
        self.now = now
        self.cut = policy.kept_from(now)

    def attendances(self) -> QuerySet[Attendance]:
        """Attendances that are removed."""
        if self.cut is None or not self.policy.removes:
            return Attendance.objects.none()
        return Attendance.objects.filter(
            tile__account=self.account_id, tile__end_at__lte=self.cut
        ).order_by()

    def days(self) -> QuerySet[Tile]:
        """Tiles that are emptied: those never asked for hold nothing, unless a run for rooms did."""
        old: QuerySet[Tile] = Tile.every.filter(account=self.account_id)
        if self.cut is None or not self.policy.removes:
            return old.none()
        rows = Attendance.objects.filter(tile=OuterRef("pk"))
        unremoved = Q(asked_at__isnull=False, removed_at__isnull=True)
        old = old.filter(unremoved | Exists(rows), end_at__lte=self.cut)
        return old.order_by("start_at")

    def people(self) -> QuerySet[Person]:
        """People with a name who were in no session of the days that are kept.

        Where attendances are removed: everybody without any, but whom a request erased; a later
        sync must find their pseudonym.
        """
        if self.cut is None:
            return Person.objects.none()
        kept = Attendance.objects.filter(person=OuterRef("pk"), tile__end_at__gt=self.cut)
        return self._nameable().filter(~Exists(kept))

    def _nameable(self) -> QuerySet[Person]:
        found = Person.objects.filter(account=self.account_id).order_by("pk")
        if self.policy.removes:
            return found.exclude(pk__in=ErasedPerson.objects.values("pseudonym"))
        return found.filter(erased_at__isnull=True)

    def people_keys(self) -> list[int]:
        """Return the keys of those people, in order: all at once, in two passes over rows."""
        if self.cut is None:
            return []
        kept = Attendance.objects.filter(tile__account=self.account_id, tile__end_at__gt=self.cut)
        here = set(kept.order_by().values_list("person", flat=True).distinct())
        return [pk for pk in self._nameable().values_list("pk", flat=True) if pk not in here]

    def count_of(self, people: list[int]) -> int:
        """Return how many attendances those people have."""
        if not people:
            return 0
        wanted = set(people)
        old = Attendance.objects.filter(tile__account=self.account_id, tile__end_at__lte=self.cut)
        counts = old.order_by().values_list("person").annotate(rows=Count("pk"))
        return sum(rows for person, rows in counts if person in wanted)

    def hosts(self) -> QuerySet[RoomSession]:
        """Sessions of the old days that name somebody."""
        if self.cut is None:
            return RoomSession.objects.none()
        old = RoomSession.objects.filter(
            account=self.account_id, started_at__lt=self.cut, ended_at__lte=self.cut
        )
        return old.exclude(host_name="", initiator="").order_by("pk")

    def set_aside_lines(self) -> QuerySet[SetAsideLine]:
        """Lines of their own limit, and of days whose people are not kept: they hold names."""
        own = first_kept(self.policy.set_aside_days, self.now)
        cut = max((it for it in (own, self.cut) if it), default=None)
        if cut is None:
            return SetAsideLine.objects.none()
        lines = SetAsideLine.objects.filter(tile__account=self.account_id, tile__end_at__lte=cut)
        return lines.order_by("pk")

    def snapshots(self) -> QuerySet[Snapshot]:
        """Answers asked for with this account's sign-in."""
        cut = first_kept(self.policy.snapshots_days, self.now)
        if cut is None:
            return Snapshot.objects.none()
        return Snapshot.objects.filter(account=self.account_id, requested_at__lt=cut)

    def restatements(self) -> QuerySet[Restatement]:
        cut = first_kept(self.policy.restatements_days, self.now)
        if cut is None:
            return Restatement.objects.none()
        return Restatement.objects.filter(account=self.account_id, noticed_at__lt=cut)

    def runs(self) -> QuerySet[Run]:
        """Runs that are over; what they brought stays."""
        cut = first_kept(self.policy.runs_days, self.now)
        if cut is None:
            return Run.objects.none()
        over = Run.objects.exclude(state__in=[RunState.WAITING, RunState.RUNNING])
        return over.filter(account=self.account_id, requested_at__lt=cut)


@contextmanager
def _changing(account_id: int) -> Iterator[None]:
    """Hold the account's lock for one batch, so that no merge is in between."""
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account_id)
        yield
        Account.objects.filter(pk=account_id).update(data_version=F("data_version") + 1)


@dataclass(frozen=True)
class _Batches:
    """Changes of many rows, BATCH at a time, for as long as there is time."""

    account_id: int
    allowance: Allowance

    def do(
        self,
        rows: QuerySet[Any],
        change: Callable[[QuerySet[Any]], int],
        keys: list[int] | None = None,
    ) -> int:
        """Change the rows and return how many there were. `keys` are theirs, where known already.

        Each batch asks again whether a row is still due: a merge may have come between.
        """
        if keys is None:
            keys = list(rows.values_list("pk", flat=True))
        count = 0
        for first in range(0, len(keys), BATCH):
            if self.allowance.is_used_up():
                break
            with _changing(self.account_id):
                count += change(rows.filter(pk__in=keys[first : first + BATCH]))
        return count


def _delete(rows: QuerySet[Any]) -> int:
    keys = list(rows.values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


def _delete_people(people: QuerySet[Person]) -> int:
    _delete_links(people)
    return _delete(people)


def _pseudonymise(people: QuerySet[Person]) -> int:
    """Take name, e-mail and ids; a new random key leads nowhere, here or in Kaltura."""
    _delete_links(people)
    found = list(people)
    now = timezone.now()
    for person in found:
        person.key = f"r:{secrets.token_hex(16)}"
        person.user_id = person.name = person.email = ""
        person.erased_at = now
    Person.objects.bulk_update(
        found, ["key", "user_id", "name", "email", "erased_at"], batch_size=100
    )
    return len(found)


def _delete_links(people: QuerySet[Person]) -> None:
    """Forget which Moodle user somebody was: the link names both."""
    keys = people.values_list("account_id", "key")
    for account_id in {account_id for account_id, _ in keys}:
        of_account = [key for of, key in keys if of == account_id]
        IdentityLink.objects.filter(account=account_id, person_key__in=of_account).delete()


def _blank_hosts(sessions: QuerySet[RoomSession]) -> int:
    keys = list(sessions.values_list("pk", flat=True))
    RoomSession.objects.filter(pk__in=keys).update(host_name="", initiator="")
    return len(keys)


def _note(target: str, **counts: int) -> None:
    done = {name: count for name, count in counts.items() if count}
    AccessLogEntry.objects.create(
        user_label=ACTOR, action="applied retention", target=target[:200], detail=done
    )
