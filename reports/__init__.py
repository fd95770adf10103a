"""Rollcall: attendance in Kaltura Rooms, read, kept and shown."""
