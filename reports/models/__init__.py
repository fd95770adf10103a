"""The models, a module a topic; everything is importable from here."""

from reports.models.account import Account, SignInMethod
from reports.models.alert import Alert, AlertKind
from reports.models.attendance import Attendance
from reports.models.course import (
    Course,
    CourseCategory,
    CourseRoom,
    CourseVisit,
    Enrolment,
    PresenceRule,
)
from reports.models.decision import (
    ClassTime,
    CountedPart,
    IdentityLink,
    IdentityRule,
    IgnoredSession,
    MergedSession,
    Presence,
    PresenceCorrection,
)
from reports.models.event import SessionEvent, VirtualEvent
from reports.models.moodle import (
    CourseRole,
    LaunchState,
    MoodleSite,
    MoodleTool,
    MoodleUser,
    RegistrationLink,
    ToolKey,
)
from reports.models.person import ErasedPerson, Person
from reports.models.quality import Finding, FindingKind, Restatement, SetAsideLine
from reports.models.retention import RetentionAction, RetentionPolicy
from reports.models.room import Room
from reports.models.run import Priority, Run, RunKind, RunState, RunTile, TileState
from reports.models.schedule import Schedule, ScheduleKind
from reports.models.session import PartCheck, RoomSession, SessionPart
from reports.models.snapshot import Snapshot, SnapshotState
from reports.models.tile import Tile, TileAnswer
from reports.models.upload import GivenWay, Upload, UploadFile, UploadState
from reports.models.user import AccessLogEntry, Role, RoomGrant, User
from reports.models.worker import Worker

__all__ = [
    "AccessLogEntry",
    "Account",
    "Alert",
    "AlertKind",
    "Attendance",
    "ClassTime",
    "CountedPart",
    "Course",
    "CourseCategory",
    "CourseRole",
    "CourseRoom",
    "CourseVisit",
    "Enrolment",
    "ErasedPerson",
    "Finding",
    "FindingKind",
    "GivenWay",
    "IdentityLink",
    "IdentityRule",
    "IgnoredSession",
    "LaunchState",
    "MergedSession",
    "MoodleSite",
    "MoodleTool",
    "MoodleUser",
    "PartCheck",
    "Person",
    "Presence",
    "PresenceCorrection",
    "PresenceRule",
    "Priority",
    "RegistrationLink",
    "Restatement",
    "RetentionAction",
    "RetentionPolicy",
    "Role",
    "Room",
    "RoomGrant",
    "RoomSession",
    "Run",
    "RunKind",
    "RunState",
    "RunTile",
    "Schedule",
    "ScheduleKind",
    "SessionEvent",
    "SessionPart",
    "SetAsideLine",
    "SignInMethod",
    "Snapshot",
    "SnapshotState",
    "Tile",
    "TileAnswer",
    "TileState",
    "ToolKey",
    "Upload",
    "UploadFile",
    "UploadState",
    "User",
    "VirtualEvent",
    "Worker",
]
