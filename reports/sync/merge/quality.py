"""The tile's ledger: what was asked, what was found odd, which lines were set aside."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reports.models import Finding, SetAsideLine, TileAnswer

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge


def write_quality(merge: Merge) -> int:
    """Replace the tile's findings on the reports that answered; return how many it has now.

    A filtered answer replaces those of its own sessions only, and is no entry in the ledger.
    """
    findings = Finding.objects.filter(tile=merge.tile)
    noticed = merge.data.noticed
    if merge.is_filtered:
        noticed = [item for item in noticed if item.cue_point_id]
        findings.filter(cue_point_id__in=merge.data.cue_points()).delete()
    else:
        # What was noticed about a report that wasn't asked now belongs to rows that are still here.
        answered = [it for it in merge.data.answers if merge.data.answered(it)]
        findings.filter(report_id__in=answered).delete()
        SetAsideLine.objects.filter(tile=merge.tile, report_id__in=answered).delete()
        _write_answers(merge)
    Finding.objects.bulk_create(
        [
            Finding(
                account=merge.account,
                tile=merge.tile,
                run=merge.run,
                kind=item.kind,
                report_id=item.report_id,
                cue_point_id=item.cue_point_id,
                row_count=item.row_count,
                detail=item.detail,
            )
            for item in noticed
        ],
        batch_size=500,
    )
    _keep_lines(merge)
    return findings.count()


def _keep_lines(merge: Merge) -> None:
    kept = set(
        SetAsideLine.objects.filter(tile=merge.tile).values_list("report_id", "number", "text")
    )
    new = {(line.report_id, line.number, line.text): line for line in merge.data.set_aside}
    SetAsideLine.objects.bulk_create(
        [
            SetAsideLine(
                tile=merge.tile,
                report_id=line.report_id,
                number=line.number,
                text=line.text.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
                reason=line.reason[:200],
            )
            for key, line in new.items()
            if key not in kept
        ],
        batch_size=500,
    )


def _write_answers(merge: Merge) -> None:
    for record in merge.data.answers.values():
        if record.report_id in merge.data.missing_reports:
            continue
        joined = "".join(record.checksums).encode()
        single = len(record.checksums) == 1
        TileAnswer.objects.update_or_create(
            tile=merge.tile,
            report_id=record.report_id,
            defaults={
                "asked_at": record.asked_at,
                "row_count": record.row_count,
                "set_aside_count": record.set_aside_count,
                "request_count": record.request_count,
                "is_cut": record.is_cut or merge.data.is_cut,
                "checksum": record.checksums[0] if single else hashlib.sha256(joined).hexdigest(),
            },
        )
