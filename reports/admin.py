"""Django's own administration: users, their roles, the rooms given to them, the access log.

Not here: accounts and Kaltura's data. Secrets have their own form, and data is the sync's.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from reports.access import record
from reports.models import AccessLogEntry, RoomGrant, User


class WrittenDown:
    """Changes in Django's administration leave a line in the access log, as those elsewhere do."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record(request, "created", _target(obj))
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record(request, "changed", _target(obj))
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            record(request, "deleted", _target(obj))
        return super().log_deletions(request, queryset)  # type: ignore[misc]


def _target(obj: Any) -> str:
    if isinstance(obj, RoomGrant):
        return f"room grant of {obj.user.username}"
    return f"{obj._meta.verbose_name} {obj}"


@admin.register(User)
class RollcallUserAdmin(WrittenDown, UserAdmin):  # type: ignore[type-arg]
    """Users with the role that decides what they see."""

    list_display = ("username", "first_name", "last_name", "role", "is_active")
    list_filter = ("role", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), (_("Rollcall"), {"fields": ("role", "time_zone")}))
    add_fieldsets = (*UserAdmin.add_fieldsets, (_("Rollcall"), {"fields": ("role",)}))

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 — Django's name
        form_url: str = "",
    ) -> HttpResponse:
        """Refuse a password for who signs in from Moodle alone."""
        stored = self.get_object(request, id)
        if stored is not None and stored.is_from_moodle:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


@admin.register(RoomGrant)
class RoomGrantAdmin(WrittenDown, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rooms given to teachers; breakouts come with their room."""

    list_display = ("user", "room", "granted_by", "granted_at")
    list_select_related = ("user", "room", "granted_by")
    raw_id_fields = ("room",)
    autocomplete_fields = ("user",)
    exclude = ("granted_by",)

    def save_model(self, request: HttpRequest, obj: RoomGrant, form: Any, change: bool) -> None:
        """Note who gave the room."""
        if isinstance(request.user, User):
            obj.granted_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(AccessLogEntry)
class AccessLogAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who did what, to be read only."""

    list_display = ("at", "user_label", "action", "target")
    list_filter = ("action",)
    search_fields = ("user_label", "target")
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
