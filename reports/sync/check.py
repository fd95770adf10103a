"""The completeness check: report 6000's engagement of a session against its rows of 6001.

Over the same hours 6000's ratio is Σ engaged / Σ view of the session's 6001 rows, so a single lost
row shows. Source: kaltura-api facts, "Time windows".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.sync.answers import MISMATCH, NO_ATTENDEES, NO_SESSION, OK, UNCHECKED

TOLERANCE = 1e-9  # ratios come with 14 significant digits


@dataclass(slots=True)
class Totals:
    view_seconds: int = 0
    engaged_seconds: int = 0
    rows: int = 0

    def add(self, view_seconds: int, engaged_seconds: int) -> None:
        self.view_seconds += view_seconds
        self.engaged_seconds += engaged_seconds
        self.rows += 1


def totals_by_session(rows: Iterable[tuple[str, int, int]]) -> dict[str, Totals]:
    """Return the sums of (cue point id, view seconds, engaged seconds) rows by session."""
    totals: dict[str, Totals] = {}
    for cue_point_id, view_seconds, engaged_seconds in rows:
        totals.setdefault(cue_point_id, Totals()).add(view_seconds, engaged_seconds)
    return totals


def ratio_agrees(ratio: float, totals: Totals) -> bool:
    """Return whether 6000's ratio is what the attendee rows give; without view time only 0 is."""
    if totals.view_seconds == 0:
        return ratio == 0
    return abs(ratio - totals.engaged_seconds / totals.view_seconds) <= TOLERANCE


def compare(ratios: dict[str, float | None], totals: dict[str, Totals]) -> dict[str, str]:
    """Return one word a session: ok, mismatch, no_attendees or no_session.

    Where Kaltura gave no ratio there is nothing to compare with: unchecked.
    """
    words = {}
    for cue_point_id in ratios.keys() | totals.keys():
        if cue_point_id not in ratios:
            words[cue_point_id] = NO_SESSION
        elif cue_point_id not in totals:
            words[cue_point_id] = NO_ATTENDEES
        elif (ratio := ratios[cue_point_id]) is None:
            words[cue_point_id] = UNCHECKED
        else:
            agrees = ratio_agrees(ratio, totals[cue_point_id])
            words[cue_point_id] = OK if agrees else MISMATCH
    return words
