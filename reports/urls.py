"""The addresses of Rollcall's pages."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from reports.views import (
    access_log,
    accounts,
    breakouts,
    data_health,
    erasure,
    events,
    help_page,
    overview,
    password,
    people,
    person,
    removal,
    report,
    retention,
    room,
    rooms,
    runs,
    schedule,
    session,
    session_files,
    sessions,
    snapshot,
    upload,
    users,
)
from reports.views.moodle import (
    course,
    course_rooms,
    courses,
    deep_link,
    launch,
    registering,
    roster,
    sites,
)

app_name = "reports"
SESSION = "sessions/<int:account_pk>/<str:cue_point_id>/"
ROOM = "rooms/<int:account_pk>/<str:entry_id>/"


def files(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """Return the addresses of a table's files: CSV and workbook."""
    return [
        path(f"{route}.{extension}", view, {"extension": extension}, name=f"{name}-{extension}")
        for extension in ("csv", "xlsx")
    ]


urlpatterns = [
    path("", overview.overview, name="overview"),
    path("sessions/", sessions.sessions, name="sessions"),
    *files("sessions", sessions.sessions_file, "sessions"),
    path(SESSION, session.session, name="session"),
    *files(SESSION + "attendees", session_files.attendees_file, "session-attendees"),
    *files(SESSION + "breakouts", session_files.breakouts_file, "session-breakouts"),
    path("rooms/", rooms.rooms, name="rooms"),
    *files("rooms", rooms.rooms_file, "rooms"),
    path(ROOM, room.room, name="room"),
    *files(ROOM + "sessions", room.sessions_file, "room-sessions"),
    path("attendees/", people.people, name="people"),
    *files("attendees", people.people_file, "people"),
    *files("attendees/attendances", people.attendances_file, "people-attendances"),
    path("attendees/<int:pk>/", person.person, name="person"),
    *files("attendees/<int:pk>/person", person.person_file, "person"),
    path("attendees/<int:pk>/export.zip", erasure.person_export, name="person-export"),
    path("attendees/<int:pk>/erase/", erasure.person_erase, name="person-erase"),
    path("breakouts/", breakouts.breakouts, name="breakouts"),
    *files("breakouts", breakouts.breakouts_file, "breakouts"),
    path("health/", data_health.health, name="health"),
    path("health/findings/", data_health.health_findings, name="health-findings"),
    *files("health/findings", data_health.findings_file, "health-findings"),
    *files("health/lines", data_health.lines_file, "health-lines"),
    path("health/<int:account_pk>/ask/", data_health.health_ask, name="health-ask"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/connect/", accounts.connect, name="connect"),
    path("accounts/upload/", upload.upload_account, name="upload-account"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/credentials/", accounts.credentials, name="account-credentials"),
    path("accounts/<int:pk>/check/", accounts.check, name="account-check"),
    path("accounts/<int:pk>/sync/", runs.sync, name="account-sync"),
    path("accounts/<int:pk>/schedule/", schedule.schedule, name="account-schedule"),
    path("accounts/<int:pk>/delete/", removal.delete, name="account-delete"),
    path("accounts/<int:pk>/retention/", retention.retention, name="account-retention"),
    path(
        "accounts/<int:pk>/retention/apply/",
        retention.retention_apply,
        name="account-retention-apply",
    ),
    path("accounts/<int:account_pk>/upload/", upload.upload_new, name="upload-new"),
    path("uploads/<int:pk>/", upload.upload, name="upload"),
    path("uploads/<int:pk>/store/", upload.upload_store, name="upload-store"),
    path("uploads/<int:pk>/discard/", upload.upload_discard, name="upload-discard"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/results/", runs.run_results, name="run-results"),
    path("runs/<int:pk>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/<int:pk>/resume/", runs.run_resume, name="run-resume"),
    path("runs/<int:pk>/again/", runs.run_again, name="run-again"),
    path("events/", events.events, name="events"),
    path("events/add/", events.event_add, name="event-add"),
    path("events/sync/", events.event_sync, name="event-sync"),
    path("events/<int:pk>/name/", events.event_name, name="event-name"),
    path("events/<int:pk>/remove/", events.event_remove, name="event-remove"),
    path("people/", users.users, name="users"),
    path("people/new/", users.user_new, name="user-new"),
    path("people/<int:pk>/", users.user, name="user"),
    path("people/<int:pk>/edit/", users.user_edit, name="user-edit"),
    path("people/<int:pk>/disable/", users.user_disable, name="user-disable"),
    path("people/<int:pk>/enable/", users.user_enable, name="user-enable"),
    path("people/<int:pk>/link/", users.user_link, name="user-link"),
    path("people/<int:pk>/rooms/", users.user_rooms_give, name="user-rooms-give"),
    path("people/<int:pk>/rooms/<int:room_pk>/take/", users.user_room_take, name="user-room-take"),
    path("password/<str:uid>/<str:token>/", password.password_set, name="password-set"),
    path("access-log/", access_log.access_log, name="access-log"),
    *files("access-log", access_log.access_log_file, "access-log"),
    path("help/", help_page.help_page, name="help"),
    path("report/", report.report, name="report"),
    path("report/example/<int:report_id>/", report.report_example, name="report-example"),
    path("report/<int:pk>/", snapshot.snapshot, name="snapshot"),
    path("report/<int:pk>/results/", snapshot.snapshot_results, name="snapshot-results"),
    path("report/<int:pk>/kaltura.csv", snapshot.kaltura_csv, name="snapshot-kaltura-csv"),
    *files("report/<int:pk>/answer", snapshot.snapshot_file, "snapshot"),
    path("report/<int:pk>/delete/", snapshot.snapshot_delete, name="snapshot-delete"),
    path("me/", password.me, name="me"),
    path("me/password/", password.me_password, name="me-password"),
    path("me/zone/", password.me_zone, name="me-zone"),
]

# Inside Moodle, and about it.
COURSE = "courses/<int:pk>/"
urlpatterns += [
    path("moodle/keys.json", launch.key_set, name="moodle-keys"),
    path("moodle/sign-in/", launch.sign_in, name="moodle-sign-in"),
    path("moodle/launch/", launch.launch, name="moodle-launch"),
    path("moodle/register/<str:token>/", registering.register, name="moodle-register"),
    path("moodle-sites/", sites.sites, name="moodle-sites"),
    path("moodle-sites/new/", sites.site_new, name="moodle-site-new"),
    path("moodle-sites/keys/rotate/", sites.keys_rotate, name="moodle-keys-rotate"),
    path("moodle-sites/<int:pk>/", sites.site, name="moodle-site"),
    path("moodle-sites/<int:pk>/confirm/", sites.site_confirm, name="moodle-site-confirm"),
    path("moodle-sites/<int:pk>/stop/", sites.site_stop, name="moodle-site-stop"),
    path("moodle-sites/<int:pk>/delete/", sites.site_delete, name="moodle-site-delete"),
    path("courses/", courses.courses, name="courses"),
    path(COURSE, course.course, name="course"),
    path(COURSE + "settings/", course.course_settings, name="course-settings"),
    path(COURSE + "me/", courses.my_attendance, name="my-attendance"),
    path(COURSE + "roster/", roster.roster, name="roster"),
    path(COURSE + "roster/ask/", roster.roster_ask, name="roster-ask"),
    path(COURSE + "roster/<int:enrolment_pk>/mark/", roster.roster_mark, name="roster-mark"),
    path(COURSE + "roster/backdate/", roster.roster_backdate, name="roster-backdate"),
    path(COURSE + "rooms/", course_rooms.course_rooms, name="course-rooms"),
    path(COURSE + "rooms/claim/", course_rooms.course_room_claim, name="course-room-claim"),
    path(
        COURSE + "rooms/<int:claim_pk>/undo/",
        course_rooms.course_room_undo,
        name="course-room-undo",
    ),
    path("course-rooms/", course_rooms.claims, name="course-room-claims"),
    path(
        "course-rooms/<int:claim_pk>/decide/",
        course_rooms.claim_decide,
        name="course-room-decide",
    ),
    path(COURSE + "link/", deep_link.choose, name="deep-link"),
    path(COURSE + "link/chosen/", deep_link.chosen, name="deep-link-chosen"),
]
