"""The short table of the latest sessions of a range: in their one order, without a list's controls."""

from reports.tables.sessions import SessionTable


class LatestTable(SessionTable):
    """Sessions with their sums, the latest first."""

    class Meta(SessionTable.Meta):
        orderable = False
        exclude = ("host", "kaltura_unique_users")
