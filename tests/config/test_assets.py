"""Browser assets out of npm: named files and no others."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from config import assets
from reports.checks import assets_are_installed


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node_modules with every asset and one file that nobody named."""
    for source in [*assets.ASSETS.values(), "bootstrap/package.json"]:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text(source)
    monkeypatch.setattr(assets, "node_modules", lambda: tmp_path)
    return tmp_path


def test_a_named_file_is_found_under_its_served_name(modules: Path) -> None:
    found = assets.NpmAssetFinder().find("vendor/echarts.common.min.js")
    assert found == str(modules / "echarts/dist/echarts.common.min.js")


@pytest.mark.parametrize(
    "path",
    [
        "bootstrap/package.json",
        "vendor/bootstrap/package.json",
        "vendor/package.json",
        "vendor/../bootstrap/package.json",
        "echarts.common.min.js",
        "vendor/",
    ],
)
def test_nothing_else_is_found(modules: Path, path: str) -> None:
    assert assets.NpmAssetFinder().find(path) == []


def test_exactly_the_named_files_are_collected(modules: Path) -> None:
    listed = dict(assets.NpmAssetFinder().list([]))
    assert set(listed) == {f"vendor/{name}" for name in assets.ASSETS}
    with listed["vendor/echarts.common.min.js"].open("vendor/echarts.common.min.js") as stream:
        assert stream.read() == b"echarts/dist/echarts.common.min.js"


def test_a_missing_asset_is_a_warning_with_the_command_that_mends_it(modules: Path) -> None:
    assert assets_are_installed(None) == []
    (modules / assets.ASSETS["echarts.common.min.js"]).unlink()
    (warning,) = assets_are_installed(None)
    assert warning.id == "rollcall.W001"
    assert "vendor/echarts.common.min.js" in warning.msg
    assert "make setup" in str(warning.hint)


def test_the_finder_is_in_use_and_htmx_comes_with_its_package() -> None:
    assert any(isinstance(finder, assets.NpmAssetFinder) for finder in finders.get_finders())
    assert finders.find("django_htmx/htmx-2.min.js")
