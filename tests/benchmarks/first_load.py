"""How much a browser fetches for each page the first time: bytes as brotli sends them, by kind.

Run by `make bench`; the tests take its figures for the budget, which is one of size and not of time.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import brotli
from django.contrib.staticfiles import finders
from django.test import Client

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
