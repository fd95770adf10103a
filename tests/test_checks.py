"""System checks of the settings."""

from django.conf import LazySettings

from config.environment import Problem
from reports.checks import https_is_set_whole, settings_are_usable


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
