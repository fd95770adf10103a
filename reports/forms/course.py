"""What the address of a course's page may hold, and what a teacher sets for the course."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import RangeForm
from reports.models import Account, Course


class CoursePageForm(RangeForm):
    """Which of a course's sessions its page is about. The course itself stands in the path."""

    can_choose_room = False

    def __init__(self, data: Any, zone: ZoneInfo, course: Course, accounts: list[Account]) -> None:
        super().__init__(data, zone)
        self.of_course = course
        self.accounts = accounts

    def clean(self) -> dict[str, Any]:
        """Leave out what else the address narrows to: the page is about the whole course."""
        values = super().clean()
        others = ("account", "course", "room", "event")
        self.data = {name: self.data[name] for name in self.data if name not in others}
        return values | dict.fromkeys(others) | {"course": self.of_course.pk}

    def query(self, **changes: object) -> str:
        """Return the query of this page with changes: without the course, which the path names."""
        return super().query(**{"course": None} | changes)


class CourseSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a teacher sets for the course."""

    class Meta:
        model = Course
        fields = ("learners_see_own",)
        labels = {"learners_see_own": _("Learners may see their own attendance")}
        help_texts = {
            "learners_see_own": _(
                "Who opens this course's link in Moodle as a learner sees their own row of the"
                " register: each class, also those they missed, their time, engagement and presence,"
                " excuses and corrections with the reason you wrote (not who made them), and the rule."
                " Before the first roster: the sessions in which they were. Nobody sees anything of"
                " anybody else. While this is off, learners are turned away."
            )
        }


class LinkChoiceForm(forms.Form):
    """What a new link in the Moodle course leads to."""

    REGISTER = "register"
    ROOM = "room:"  # and the room's key

    leads_to = forms.ChoiceField(label=_("The link leads to"), widget=forms.RadioSelect)

    def __init__(self, data: Any, rooms: Any) -> None:
        super().__init__(data, initial={"leads_to": self.REGISTER})
        self.rooms = {f"{self.ROOM}{room.pk}": room for room in rooms}
        named = [(key, _("Room: %(room)s") % {"room": room}) for key, room in self.rooms.items()]
        choices = [(self.REGISTER, _("Attendance of the course")), *named]
        self.fields["leads_to"].choices = choices  # type: ignore[attr-defined]

    @property
    def room(self) -> Any:
        """The chosen room; None: the course."""
        return self.rooms.get(self.cleaned_data["leads_to"])
