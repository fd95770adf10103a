"""The first page that somebody loads stays small, whichever it is."""

import pytest

from tests import factories
from tests.addresses import addresses, world
from tests.benchmarks.first_load import BUDGET_BYTES, first_load, line_of
from tests.browser.every_page import DAYS, is_page
from tests.views.conftest import signed_in


@pytest.mark.django_db
def test_no_page_is_heavier_than_its_budget(capsys: pytest.CaptureFixture[str]) -> None:
    seen = world()
    client = signed_in(factories.administrator())
    found = {
        name: first_load(client, url + DAYS)
        for name, url in addresses(seen).items()
        if not name.endswith("-results") and is_page(client.get(url + DAYS))
    }
    with capsys.disabled():
        heaviest = max(found, key=lambda name: sum(found[name].values()))
        print(f"\nfirst load, {line_of(heaviest, found[heaviest])}")
    assert len(found) > 15
    too_heavy = [line_of(*item) for item in found.items() if sum(item[1].values()) > BUDGET_BYTES]
    assert too_heavy == []
