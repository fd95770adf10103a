"""The models, a module a topic; everything is importable from here."""

from reports.models.account import Account, SignInMethod
from reports.models.attendance import Attendance
from reports.models.course import Course, CourseRoom, Enrolment, MoodleSite, PresenceRule
from reports.models.decision import (
    CountedPart,
    IdentityLink,
    IgnoredSession,
    MergedSession,
    Presence,
    PresenceCorrection,
)
from reports.models.event import SessionEvent, VirtualEvent
from reports.models.person import ErasedPerson, Person
from reports.models.quality import Finding, FindingKind, Restatement, SetAsideLine
from reports.models.room import Room
from reports.models.run import Run, RunState, RunTile, TileState
from reports.models.session import PartCheck, RoomSession, SessionPart
from reports.models.snapshot import Snapshot
from reports.models.tile import Tile, TileAnswer
from reports.models.user import AccessLogEntry, Role, RoomGrant, User

__all__ = [
    "AccessLogEntry",
    "Account",
    "Attendance",
    "CountedPart",
    "Course",
    "CourseRoom",
    "Enrolment",
    "ErasedPerson",
    "Finding",
    "FindingKind",
    "IdentityLink",
    "IgnoredSession",
    "MergedSession",
    "MoodleSite",
    "PartCheck",
    "Person",
    "Presence",
    "PresenceCorrection",
    "PresenceRule",
    "Restatement",
    "Role",
    "Room",
    "RoomGrant",
    "RoomSession",
    "Run",
    "RunState",
    "RunTile",
    "SessionEvent",
    "SessionPart",
    "SetAsideLine",
    "SignInMethod",
    "Snapshot",
    "Tile",
    "TileAnswer",
    "TileState",
    "User",
    "VirtualEvent",
]
