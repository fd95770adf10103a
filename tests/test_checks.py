"""System checks of the settings."""

from django.conf import LazySettings
from django.core.checks.registry import registry

from config.environment import Problem
from reports.checks import (
    host_names_are_bounded,
    https_is_set_whole,
    mail_is_sent,
    people_come_by_https,
    settings_are_usable,
)


def test_each_problem_is_an_error_with_an_id_and_a_hint(settings: LazySettings) -> None:
    settings.SETTING_PROBLEMS = [
        Problem("SECRET_KEY", "It is required and not set.", is_missing=True),
        Problem("KALTURA_ROW_CAP", "It is not a whole number."),
    ]
    missing, wrong = settings_are_usable(None)
    assert (missing.id, wrong.id) == ("rollcall.E001", "rollcall.E002")
    assert "SECRET_KEY" in missing.msg
    assert "make setup" in str(missing.hint)
    assert "KALTURA_ROW_CAP" in wrong.msg
    assert ".env" in str(wrong.hint)


def test_good_settings_have_no_problem() -> None:
    assert settings_are_usable(None) == []


def test_https_without_the_proxys_word_is_a_warning(settings: LazySettings) -> None:
    settings.BEHIND_HTTPS, settings.TRUST_PROXY_HEADER = True, False
    settings.CSRF_TRUSTED_ORIGINS = []
    assert [warning.id for warning in https_is_set_whole(None)] == ["rollcall.W002"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://rollcall.example.edu"]
    assert https_is_set_whole(None) == []
    settings.BEHIND_HTTPS, settings.CSRF_TRUSTED_ORIGINS = False, []
    assert https_is_set_whole(None) == []


def test_a_site_for_others_without_https_is_a_warning(settings: LazySettings) -> None:
    settings.BEHIND_HTTPS = False
    assert [warning.id for warning in people_come_by_https(None)] == ["rollcall.W003"]
    settings.BEHIND_HTTPS = True
    assert people_come_by_https(None) == []


def test_a_site_under_any_name_is_a_warning(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["rollcall.example.edu", "*"]
    assert [warning.id for warning in host_names_are_bounded(None)] == ["rollcall.W004"]
    settings.ALLOWED_HOSTS = ["rollcall.example.edu"]
    assert host_names_are_bounded(None) == []


def test_a_site_that_sends_no_mail_is_a_warning(settings: LazySettings) -> None:
    backend = "django.core.mail.backends.{}.EmailBackend"
    settings.EMAIL_BACKEND = backend.format("console")
    assert [warning.id for warning in mail_is_sent(None)] == ["rollcall.W005"]
    settings.EMAIL_BACKEND = backend.format("smtp")
    assert mail_is_sent(None) == []


def test_what_only_a_site_for_others_needs_stops_no_web_process() -> None:
    everyday = {check.__name__ for check in registry.get_checks()}
    deployed = {check.__name__ for check in registry.get_checks(include_deployment_checks=True)}
    ours = {"people_come_by_https", "host_names_are_bounded", "mail_is_sent"}
    assert ours <= deployed
    assert not ours & everyday
