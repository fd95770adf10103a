"""The addresses of the list of rooms and of one room."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import MOST_PAGES, ListForm, RangeForm
from reports.models import Room
from reports.queries.rooms import ROOM_ORDERS, RoomFilter
from reports.queries.sessions import ORDERS, SessionFilter


class RoomsForm(ListForm):
    """Which rooms the list is about, and which of their sessions count."""

    can_choose_room = False
    sorts = tuple(ROOM_ORDERS)
    default_sort = "name"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["search"].widget.attrs["placeholder"] = _("Name of the room")

    def rooms_wanted(self) -> RoomFilter:
        """Return which of the sessions' rooms are wanted, and in which order."""
        return RoomFilter(search=self.cleaned_data["search"], order=self.sort_wanted)


class RoomForm(RangeForm):
    """Which of one room's sessions its page is about. The room itself stands in the path."""

    can_choose_room = False
    sort = forms.CharField(
        label=_("Order"), required=False, max_length=40, widget=forms.HiddenInput
    )
    rooms = forms.CharField(
        label=_("Order of the breakout rooms"),
        required=False,
        max_length=40,
        widget=forms.HiddenInput,
    )
    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=MOST_PAGES)

    def __init__(self, data: Any, zone: ZoneInfo, room: Room) -> None:
        super().__init__(data, zone)
        self.of_room = room

    def clean_sort(self) -> str:
        return _known_order(self.cleaned_data["sort"], ORDERS)

    def clean_rooms(self) -> str:
        return _known_order(self.cleaned_data["rooms"], ROOM_ORDERS)

    def clean(self) -> dict[str, Any]:
        """Leave out another room or account that the address names: the path has them."""
        values = super().clean()
        in_path = ("account", "room")
        self.data = {name: self.data[name] for name in self.data if name not in in_path}
        return values | dict.fromkeys(in_path)

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or "-start"

    @property
    def rooms_sort_wanted(self) -> str:
        return self.cleaned_data["rooms"] or "name"

    def wanted(self) -> SessionFilter:
        """Return the room's sessions and those of its breakout rooms."""
        return replace(super().wanted(), room_id=self.of_room.pk)

    def wanted_itself(self, order: str) -> SessionFilter:
        """Return the sessions in the room itself, in the order."""
        return replace(self.wanted(), with_breakouts=False, order=order)

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        own = ("sort", "rooms")
        return super().state() | {name: self.cleaned_data[name] for name in own}


@dataclass(frozen=True)
class SectionLinks:
    """Writes the addresses in a table far down a room's page: they lead back to the table."""

    form: RoomForm
    section: str  # its id on the page
    order: Literal["sort", "rooms"]  # the field that holds the table's order

    def query(self, **changes: object) -> str:
        """Return the query with changes, and the place on the page. A second table has no pages."""
        if self.order == "rooms":
            changes = {"rooms": changes["sort"]}
        return f"{self.form.query(**changes)}#{self.section}"

    def range_query(self, **changes: object) -> str:
        """Return the query of another page over the same days."""
        return self.form.range_query(**changes)

    @property
    def course_pk(self) -> int | None:
        return self.form.course_pk


def _known_order(order: str, orders: Any) -> str:
    """Return the order. Raises: ValidationError for one that the table doesn't have."""
    if order and order.removeprefix("-") not in orders:
        raise ValidationError(
            _("The list can't be sorted by “%(value)s”."), params={"value": order}
        )
    return order
