"""Removing an account with all that is stored of it, in short transactions.

Once the removal has begun no day of the account counts as asked for, so that every page says that it
doesn't have everything, and nothing more is asked or stored. Then whole sessions go, some at a time:
what is left has its right figures. Whoever has a moment goes on with it: the request that asked for it,
then the workers.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F
from django.utils import timezone

from reports.models import (
    Account,
    Person,
    Room,
    RoomSession,
    Run,
    RunState,
    Schedule,
    Tile,
    Upload,
    UploadState,
)
from reports.sync.allowance import Allowance

BATCH = 500  # rows
ATTENDANCES = 10_000  # in a transaction; those of one session go together, however many there are
FIRST: tuple[type[models.Model], ...] = (RoomSession, Tile, Person, Room, Run)  # in this order


def begin_removal(account: Account) -> None:
    """Let nothing come any more, and leave the account to `remove`."""
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        now = timezone.now()
        Schedule.objects.filter(account=account).delete()
        Upload.objects.filter(account=account, state=UploadState.PREVIEW).delete()
        Run.objects.unfinished().filter(account=account).update(
            state=RunState.CANCELLED, finished_at=now
        )
        Tile.every.filter(account=account).update(
            asked_at=None, fence=F("fence") + 1, lease_owner="", lease_until=None
        )
        Account.objects.filter(pk=account.pk, removal_asked_at__isnull=True).update(
            removal_asked_at=now
        )
        _note_change(account.pk)


def remove(account_id: int, allowance: Allowance | None = None) -> bool:
    """Delete what is left, batch by batch; return whether the account itself is gone too.

    May be stopped anywhere, and done by several at once.
    """
    allowance = allowance or Allowance()
    for model, field in _kinds():
        rows = model._base_manager.filter(**{field: account_id}).order_by("pk")
        while _delete_some(account_id, rows):
            if allowance.is_used_up():
                return False
    with transaction.atomic():
        Account.objects.select_for_update().filter(pk=account_id).delete()
    return True


def remove_what_is_asked(seconds: float) -> int:
    """Go on with accounts that somebody wanted removed, for as long; return how many are gone."""
    allowance = Allowance(seconds)
    asked = Account.objects.filter(removal_asked_at__isnull=False).order_by("removal_asked_at")
    return sum(remove(pk, allowance) for pk in list(asked.values_list("pk", flat=True)))


def _kinds() -> Iterator[tuple[type[models.Model], str]]:
    """Yield what goes with an account, and the field that says whose it is."""
    found = {
        it.related_model: it.field.name
        for it in Account._meta.get_fields(include_hidden=True)
        if isinstance(it, models.ManyToOneRel) and it.on_delete is models.CASCADE
    }
    for model in (*FIRST, *(model for model in found if model not in FIRST)):
        yield model, found[model]


def _delete_some(account_id: int, rows: models.QuerySet[Any]) -> bool:
    """Delete the first of the rows in one transaction; return False when there are none."""
    with transaction.atomic():
        if not Account.objects.select_for_update().filter(pk=account_id).exists():
            return False  # somebody else was faster
        keys = list(rows.values_list("pk", flat=True)[:BATCH])
        if rows.model is RoomSession:
            keys = _as_many_as_fit(keys)
        if not keys:
            return False
        rows.model._base_manager.filter(pk__in=keys).delete()
        _note_change(account_id)
    return True


def _as_many_as_fit(sessions: list[int]) -> list[int]:
    """Return the first sessions whose attendances make up one transaction, at least one session."""
    counted = RoomSession.objects.filter(pk__in=sessions).annotate(rows=Count("attendances"))
    fitting: list[int] = []
    total = 0
    for pk, rows in counted.order_by("pk").values_list("pk", "rows"):
        total += rows
        if fitting and total > ATTENDANCES:
            break
        fitting.append(pk)
    return fitting


def _note_change(account_id: int) -> None:
    Account.objects.filter(pk=account_id).update(data_version=F("data_version") + 1)
