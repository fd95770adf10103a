"""What a Moodle site consists of, as plain records: people, courses, tools, activities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Role = Literal["editingteacher", "teacher", "student"]  # `teacher` is the non-editing one
Sharing = Literal["always", "never", "delegate"]
Grades = Literal["none", "read", "full"]
ROLES = ("editingteacher", "teacher", "student")


@dataclass(frozen=True, slots=True)
class Person:
    """A Moodle user."""

    id: int
    username: str
    given_name: str
    family_name: str
    email: str
    idnumber: str = ""  # empty when unset
    language: str = "en"  # Moodle's code, as en, de, pt_br
    is_admin: bool = False  # of the site

    @property
    def name(self) -> str:
        """Return the full name as Moodle sends it."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class Course:
    """A Moodle course."""

    id: int
    short_name: str
    full_name: str
    idnumber: str = ""  # empty when unset
    starts_at: datetime | None = None  # aware
    ends_at: datetime | None = None  # aware
    copied_from: tuple[int, ...] = ()  # ids, latest origin first


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Somebody in a course."""

    role: Role
    is_suspended: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """An external tool: one client with one deployment, whose id is the tool's."""

    id: int
    client_id: str
    name: str
    tool_url: str  # target_link_uri of a launch, unless the activity has its own
    login_url: str  # OIDC initiation
    redirect_urls: tuple[str, ...]
    jwks_url: str = ""
    jwks: Mapping[str, Any] | None = None  # keys given by hand, instead of a URL
    deep_link_url: str | None = None  # None: offers no content selection; empty: the tool's URL
    custom: Mapping[str, str] = field(default_factory=dict)
    names: Sharing = "always"
    emails: Sharing = "always"
    memberships: bool = True  # may read the course's members
    grades: Grades = "none"
    is_active: bool = True  # a tool that registered itself is pending until activated
    description: str = ""

    @property
    def deployment_id(self) -> str:
        """Return the LTI deployment id."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Activity:
    """A tool placed in a course; its id is the resource link's."""

    id: int
    course_id: int
    tool_id: int
    title: str
    description: str = ""
    url: str = ""  # empty: the tool's
    custom: Mapping[str, str] = field(default_factory=dict)
    share_names: bool = True  # the teacher's choice, where the administrator delegates it
    share_emails: bool = True
    hidden_from: frozenset[int] = frozenset()  # user ids that access rules keep out
    line_item_id: int | None = None  # of the one grade item coupled to it
