"""The browser assets that come from npm: which files are served, from where, under which name.

Never all of node_modules: what is not named here is not found. The versions are in package.json.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PREFIX = "vendor/"
# Name under /static/vendor/ -> file in node_modules. A stylesheet's source map is named by
# its last line, so the manifest wants it too.
ASSETS = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap.min.css.map": "bootstrap/dist/css/bootstrap.min.css.map",
    "bootstrap.rtl.min.css": "bootstrap/dist/css/bootstrap.rtl.min.css",
    "bootstrap.rtl.min.css.map": "bootstrap/dist/css/bootstrap.rtl.min.css.map",
    # Without maps, heat maps and what else no chart here is made of: two thirds of the whole.
    "echarts.common.min.js": "echarts/dist/echarts.common.min.js",
}


def node_modules() -> Path:
    """Return the folder that npm fills."""
    return Path(settings.BASE_DIR) / "node_modules"


def missing_assets() -> list[str]:
    """Return the static names of the assets that are not installed, in the list's order."""
    root = node_modules()
    return [PREFIX + name for name, source in ASSETS.items() if not (root / source).is_file()]


class NamedFiles(FileSystemStorage):
    """node_modules seen through the list: only named files, under their served names."""

    def __init__(self) -> None:
        super().__init__(location=node_modules(), base_url=settings.STATIC_URL + PREFIX)

    def path(self, name: str) -> str:
        """Return where the named asset lies. Raises KeyError for a name that is not listed."""
        return str(node_modules() / ASSETS[name.removeprefix(PREFIX)])


class NpmAssetFinder(BaseFinder):
    """Finds the listed assets for `{% static "vendor/…" %}` and for collectstatic."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.storage = NamedFiles()

    def check(self, **kwargs: Any) -> list[Any]:
        """Return nothing: missing files are reported by `reports.checks`."""
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """Return the file's path, or an empty list; with `find_all` always a list."""
        name = path.removeprefix(PREFIX)
        if not path.startswith(PREFIX) or name not in ASSETS:
            return []
        found = Path(self.storage.path(path))
        if not found.is_file():
            return []
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        """Yield served name and storage of each asset that is installed."""
        for name in ASSETS:
            if Path(self.storage.path(PREFIX + name)).is_file():
                yield PREFIX + name, self.storage
