"""The addresses of Rollcall's pages."""

from django.urls import path
from django.views.generic import RedirectView

from reports.views import (
    accounts,
    events,
    password,
    removal,
    runs,
    session,
    session_files,
    sessions,
    users,
)

app_name = "reports"
SESSION = "sessions/<int:account_pk>/<str:cue_point_id>/"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="reports:sessions"), name="home"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions.csv", sessions.sessions_csv, name="sessions-csv"),
    path(SESSION, session.session, name="session"),
    path(SESSION + "attendees.csv", session_files.attendees_csv, name="session-attendees-csv"),
    path(SESSION + "breakouts.csv", session_files.breakouts_csv, name="session-breakouts-csv"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/connect/", accounts.connect, name="connect"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/credentials/", accounts.credentials, name="account-credentials"),
    path("accounts/<int:pk>/check/", accounts.check, name="account-check"),
    path("accounts/<int:pk>/sync/", runs.sync, name="account-sync"),
    path("accounts/<int:pk>/delete/", removal.delete, name="account-delete"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/results/", runs.run_results, name="run-results"),
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
    path("me/", password.me, name="me"),
    path("me/password/", password.me_password, name="me-password"),
    path("me/zone/", password.me_zone, name="me-zone"),
]
