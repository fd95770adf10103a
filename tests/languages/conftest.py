"""The pseudo-languages, offered beside English for one test."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.languages.pseudo import offer_languages, write_languages


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locale")
    write_languages(folder)
    return folder


@pytest.fixture
def pseudo_languages(catalogues: Path, settings: Settings) -> None:
    offer_languages(settings, catalogues)
