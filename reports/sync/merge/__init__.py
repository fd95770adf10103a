"""Writing what was fetched: the only writer of Kaltura's data."""

from reports.sync.merge.tile import LeaseLost, merge_tile

__all__ = ["LeaseLost", "merge_tile"]
