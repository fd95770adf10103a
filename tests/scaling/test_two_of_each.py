"""Two web services and two workers on one PostgreSQL and one Redis, and one of each killed."""

import re
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from reports.simulator.server import Simulator
from reports.tables.figures import duration_text
from tests.scaling.readers import DAYS, FILES, PAGES, SUMS, Crowd, rows_of, true_figures
from tests.scaling.site import Browser, Process, Site, wait_until
from tests.sync.worlds import whole_truth

READERS = 50
FIRST_DAY, LAST_DAY = "2026-01-05", "2026-01-18"
OF_THE_MOMENT = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|Synced [\w ]+ ago')


def state_of_the_run(site: Site) -> str:
    ((state,),) = site.database.sql("SELECT state FROM reports_run")
    return str(state)


def count(site: Site, table_and_condition: str) -> int:
    ((found,),) = site.database.sql(f"SELECT COUNT(*) FROM reports_{table_and_condition}")  # noqa: S608
    return int(found)


def holds_a_day(site: Site, worker: Process) -> bool:
    owned = f"lease_until IS NOT NULL AND POSITION(':{worker.running.pid}:' IN lease_owner) > 0"
    return count(site, f"tile WHERE {owned}") > 0


def ask_for_the_two_weeks(site: Site, browser: Browser, address: str) -> int:
    """Order the sync on the account's page and return the account's key."""
    ((account,),) = site.database.sql("SELECT id FROM reports_account")
    form = {"from_on": FIRST_DAY, "to_on": LAST_DAY}
    assert browser.post(address, f"/accounts/{account}/sync/", **form).status_code == 302
    return int(account)


def test_fifty_readers_and_a_sync_survive_the_end_of_a_web_service_and_of_a_worker(
    site: Site, kaltura: Simulator
) -> None:
    truth = whole_truth(kaltura.world)
    kaltura.faults.add("slow", seconds=0.2)
    first, second = site.start_web(), site.start_web()
    browser = Browser()
    assert browser.sign_in(first.address).status_code == 302
    workers = [site.start_worker(), site.start_worker()]
    crowd = Crowd([first, second], browser, 0, truth)
    crowd.account = ask_for_the_two_weeks(site, browser, second.address)
    readers = crowd.start(READERS)

    wait_until(lambda: count(site, "runtile WHERE state = 'done'") >= 2, workers[0])
    wait_until(lambda: any(holds_a_day(site, worker) for worker in workers), workers[0])
    victim = next((it for it in workers if holds_a_day(site, it)), workers[0])
    (survivor,) = (worker for worker in workers if worker is not victim)
    victim.kill()
    wait_until(lambda: crowd.answered >= READERS, second)
    assert state_of_the_run(site) == "running"
    crowd.killed.add(first.address)
    first.kill()
    crowd.enough.set()
    for reader in readers:
        reader.join()
    wait_until(lambda: state_of_the_run(site) == "done", survivor)

    assert crowd.wrong == []
    assert len(crowd.broken_off) > 0
    site.database.assert_equals_truth(kaltura.world)
    assert count(site, "runtile WHERE state <> 'done'") == 0
    assert count(site, "tile WHERE lease_until IS NOT NULL") == 0
    third = site.start_web()
    every_page_says_the_truth(browser, [second, third], kaltura)
    assert survivor.stop() == 0
    assert site.complaints() == []


def every_page_says_the_truth(
    browser: Browser, services: list[Process], kaltura: Simulator
) -> None:
    """Compare pages and files with the truth, and what one service says with what the other does."""
    truth = whole_truth(kaltura.world)
    told, other = (
        {path: text_of(browser, web, f"{path}?{DAYS}") for path in (*PAGES, *FILES)}
        for web in services
    )
    assert told == other
    sessions = rows_of(told["/sessions.csv"])
    assert {row["Session id"]: tuple(row[name] for name in SUMS) for row in sessions} == {
        cue: true_figures(known) for cue, known in truth.items()
    }
    seconds = (
        sum(known.view_seconds for known in truth.values()),
        sum(known.engaged_seconds for known in truth.values()),
    )
    for file in FILES:
        rows = rows_of(told[file])
        assert tuple(sum(int(row[name]) for row in rows) for name in SUMS[1:]) == seconds, file
    for page in PAGES:
        assert duration_text(seconds[0]).replace("\xa0", " ") in told[page], page


def text_of(browser: Browser, web: Process, path: str) -> str:
    """Return a page or file without what differs each time."""
    answer = browser.get(web.address, path)
    assert answer.status_code == 200, path
    return OF_THE_MOMENT.sub("", answer.content.decode("utf-8-sig")).replace("\xa0", " ")


def test_what_one_web_service_knows_the_other_knows(site: Site) -> None:
    first, second = site.start_web(), site.start_web()
    browser = Browser()
    assert browser.sign_in(first.address).status_code == 302
    assert browser.get(second.address, "/me/").status_code == 200
    assert browser.post(second.address, "/sign-out/").status_code == 302
    assert browser.get(first.address, "/me/").status_code == 302

    turns = [(first, second)[n % 2] for n in range(settings.AXES_FAILURE_LIMIT)]
    guesses = [Browser().sign_in(web.address, "a wrong password").status_code for web in turns]
    assert guesses == [200] * (len(turns) - 1) + [429]
    for web in (first, second):
        assert Browser().sign_in(web.address).status_code == 429  # now the right one too
    refusals = ("AXES: ", '"code": 429')
    assert [it for it in site.complaints() if not any(word in it for word in refusals)] == []


def test_connections_that_the_database_closed_are_made_anew(site: Site, kaltura: Simulator) -> None:
    web, worker = site.start_web(), site.start_worker()
    browser = Browser()
    assert browser.sign_in(web.address).status_code == 302
    for _ in range(2):  # what a restart, a failover or a pooler's time limit does
        site.database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with ThreadPoolExecutor(8) as threads:  # more than there are threads that answer
            answers = list(
                threads.map(lambda _: browser.get(web.address, "/").status_code, range(16))
            )
        assert answers == [200] * 16
    ask_for_the_two_weeks(site, browser, web.address)
    wait_until(lambda: state_of_the_run(site) == "done", worker)
    site.database.assert_equals_truth(kaltura.world)
    assert worker.stop() == 0
