"""What a report is asked for: a window of time and lists of ids, as Kaltura's one string.

Belongs here: checking and joining the values. Does not belong here: which windows are asked for
(the caller plans them).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reports.kaltura.errors import BadFilter
from reports.kaltura.reports import BREAKOUTS, ReportSpec

_WIRE_NAMES = {
    "entry_ids": "entry_ids",
    "virtual_event_ids": "virtual_event_ids",
    "user_ids": "user_ids",
    "cue_point_ids": "cue_point_ids",
    "parent_entry_ids": "parentEntryIds",
}
_LAST_UNIX = 253_402_300_799  # the end of the year 9999; more is not seconds
_UNSAFE = re.compile("[;,\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_COLUMN_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class ReportFilters:
    """The window [from_date, to_date) of viewing events in Unix seconds, and ids to narrow it."""

    from_date: int
    to_date: int
    entry_ids: tuple[str, ...] = ()  # empty means all, here and below
    virtual_event_ids: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    cue_point_ids: tuple[str, ...] = ()
    parent_entry_ids: tuple[str, ...] = ()  # 6002 only: main rooms

    def to_params(self, spec: ReportSpec) -> str:
        """Return ``from_date=…;to_date=…;entry_ids=a,b`` for this report.

        6002 is named differently in Kaltura's article and in its example, and ignores keys that it
        does not know: it gets both spellings of the dates.
        **Raises**: BadFilter for dates that are no window, a filter that the report does not take
        (it would be ignored, and the answer be taken for the filtered one), an empty id, or an id
        that can't be sent.
        """
        pairs = [("from_date", str(self.from_date)), ("to_date", str(self.to_date))]
        self._check_dates()
        if spec.id == BREAKOUTS:
            pairs += [("fromDate", str(self.from_date)), ("toDate", str(self.to_date))]
        for name, wire_name in _WIRE_NAMES.items():
            ids: tuple[str, ...] = getattr(self, name)
            if not ids:
                continue
            if name not in spec.filters:
                raise BadFilter(
                    f"Report {spec.id} ({spec.title}) can't be filtered by {name}.",
                    advice=f"It takes {', '.join(spec.filters)}.",
                )
            pairs.append((wire_name, _joined(name, ids)))
        return ";".join(f"{key}={value}" for key, value in pairs)

    def _check_dates(self) -> None:
        for name in ("from_date", "to_date"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise BadFilter(f"{name} must be a whole number of Unix seconds, not {value!r}.")
            if not 0 <= value <= _LAST_UNIX:
                raise BadFilter(f"{name} = {value} is not a time in Unix seconds.")
        if self.to_date <= self.from_date:
            raise BadFilter("The range ends before it starts, or is empty.")


def excluded_fields_value(spec: ReportSpec, excluded: Sequence[str]) -> str:
    """Return the comma-separated value of ``excludedFields``; empty when nothing is excluded.

    **Raises**: BadFilter for a name that is not a column of the report: Kaltura would ignore it and
    send the column.
    """
    known = {name.lower(): name for name in spec.column_names}
    names = []
    for given in excluded:
        if not _COLUMN_NAME.fullmatch(given) or given.lower() not in known:
            raise BadFilter(
                f"Report {spec.id} has no column “{given}” to leave out.",
                advice=f"Its columns are {', '.join(spec.column_names)}.",
            )
        names.append(known[given.lower()])
    return ",".join(dict.fromkeys(names))


def _joined(name: str, ids: Sequence[str]) -> str:
    if isinstance(ids, str):
        raise BadFilter(f"{name} must be a list of ids, not one text.")
    for value in ids:
        if not value or value != value.strip():
            raise BadFilter(f"{name} holds an empty id, or one with a space before or after it.")
        if _UNSAFE.search(value):
            raise BadFilter(
                f"{name} holds “{value!r}”: an id can't contain ; or , or a line break.",
                advice="Kaltura has no way to write such a value.",
            )
    return ",".join(ids)
