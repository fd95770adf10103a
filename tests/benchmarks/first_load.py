"""How much a browser fetches for each page the first time: bytes as brotli sends them, by kind.

Run by `make bench`; the tests take its figures for the budget, which is one of size and not of time.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import brotli
from django.contrib.staticfiles import finders
from django.test import Client

from tests.benchmarks.figure import Figure, Value

BUDGET_BYTES = 400_000
KINDS = {"js": "scripts", "css": "styles", "svg": "pictures"}
_STATIC = re.compile(r'(?:src|href)="/static/([^"]+)"')


def first_load(client: Client, url: str) -> dict[str, int]:
    """Return the compressed bytes of the page and of what it names, by kind."""
    answer: Any = client.get(url)
    sizes = {"page": len(brotli.compress(answer.content, quality=5))}
    for name in sorted(set(_STATIC.findall(answer.content.decode()))):
        kind = KINDS.get(name.rpartition(".")[2], "other")
        sizes[kind] = sizes.get(kind, 0) + compressed(name)
    return sizes


@cache
def compressed(name: str) -> int:
    """Return the bytes of a static file as they are sent: compressed ahead, once."""
    found = finders.find(name)
    assert found, f"{name} is not installed"
    return len(brotli.compress(Path(found).read_bytes(), quality=11))


def line_of(name: str, sizes: dict[str, int]) -> str:
    """Return a line to print: kilobytes altogether and by kind."""
    kinds = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sizes.items())
    return f"{name}: {sum(sizes.values()) / 1000:.1f} kB compressed ({kinds})"


def measure(scale: float) -> Iterator[Figure]:
    """Load one page of each kind, signed in where one has to be."""
    from reports.models import User
    from tests.benchmarks.pages import pages
    from tests.benchmarks.server import ADMINISTRATOR

    client = Client()
    yield _figure("sign-in", first_load(client, "/sign-in/"))
    client.force_login(
        User.objects.get(username=ADMINISTRATOR), "django.contrib.auth.backends.ModelBackend"
    )
    seen = set()
    for page in pages(scale):
        kind = page.name.partition(",")[0]
        if page.viewer == ADMINISTRATOR and kind not in seen:
            seen.add(kind)
            yield _figure(kind, first_load(client, page.path))


def _figure(name: str, sizes: dict[str, int]) -> Figure:
    kinds = ("page", *KINDS.values(), "other")
    parts = [Value(kind, sizes[kind]) for kind in kinds if kind in sizes]
    return Figure(
        "first load", name, "B", (Value("all", sum(sizes.values()), BUDGET_BYTES), *parts)
    )
