"""docs/install.md from an empty database on: every marked step is run as it stands there."""

import re
import threading
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from tests.install.machine import Machine
from tests.install.postgres import OwnPostgres
from tests.install.proxy import SITE, Browser, https_proxy

PASSWORD = "an administrator's long password"
DAYS = {"from_on": "2026-01-05", "to_on": "2026-01-11"}
SESSIONS = 9  # of the week that Kaltura knows
FIGURES = (
    "SELECT cue_point_id, attendee_count, view_seconds, engaged_seconds"
    " FROM reports_roomsession ORDER BY cue_point_id"
)


def test_the_documented_steps_lead_to_a_site_that_can_be_restored(
    machine: Machine, postgres: OwnPostgres, kaltura: Simulator, tmp_path: Path
) -> None:
    install(machine, postgres, kaltura)
    machine.run("services")
    with https_proxy(machine.port, tmp_path) as port:
        browser = Browser(port, tmp_path / "site.pem")
        wait_until_ready(browser)
        the_site_is_closed_to_all_but_https(browser, machine)
        wrong_passwords_are_counted_by_the_browsers_own_address(browser)
        assert browser.sign_in("admin", PASSWORD).status == 302
        a_form_from_elsewhere_is_refused(browser)
        a_page_asks_the_worker_for_the_sessions(browser, machine, postgres)
        a_backup_is_restored_on_an_empty_database(browser, machine, postgres)
        without_its_key_a_restored_secret_is_a_clear_error(machine)
        the_key_of_secrets_is_changed(browser, machine)
        the_key_of_sign_ins_is_changed_and_nobody_is_signed_out(browser, machine)
        an_upgrade_keeps_everything(browser, machine, postgres)
    machine.stop()
    assert errors_in(machine.log("rollcall-web")) == []
    assert errors_in(machine.log("rollcall-worker")) == []
    assert PASSWORD not in machine.log("rollcall-web") + machine.log("rollcall-worker")


def errors_in(log: str) -> list[str]:
    """Return the lines of errors, apart from the host name that was refused on purpose."""
    lines = [line for line in log.splitlines() if '"level": "error"' in line]
    return [line for line in lines if "elsewhere.example.org" not in line]


def install(machine: Machine, postgres: OwnPostgres, kaltura: Simulator) -> None:
    """Do steps 3 to 6, and connect the account."""
    machine.run("database")
    postgres.sql(f"ALTER ROLE {postgres.name} PASSWORD '{postgres.password}'", "postgres")
    machine.run("keys")
    machine.run("settings")
    machine.set(KALTURA_ENDPOINTS=f"eu={kaltura.url}", SYNC_LEASE_SECONDS="5")
    printed = machine.run("set up")
    assert "System check identified no issues (2 silenced)" in printed
    machine.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD  # no terminal here that could be asked
    machine.run("administrator", changes={"createsuperuser": "createsuperuser --noinput"})
    token = DEFAULT_ACCOUNT.app_tokens[0]
    (machine.root / "etc/rollcall/app_token").write_text(token.token)
    printed = machine.run("new app token", changes={"1_abcd1234": token.id})
    assert "Connected “university”" in printed
    assert token.token not in str(postgres.sql("SELECT * FROM reports_account"))


def wait_until_ready(browser: Browser) -> None:
    pause = threading.Event()
    for _ in range(300):
        if browser.get("/readyz").status == 200:
            return
        pause.wait(0.1)
    raise AssertionError("the site never became ready")


def the_site_is_closed_to_all_but_https(browser: Browser, machine: Machine) -> None:
    page = browser.get("/sign-in/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == f"max-age={365 * 24 * 3600}"
    assert page.cookies["csrftoken"]["secure"]
    stylesheet = re.search(r'href="(/static/css/rollcall\.[0-9a-f]+\.css)"', page.text)
    assert stylesheet, "static files have no names that change with their content"
    file = browser.ask("GET", stylesheet[1], Accept_Encoding="br")
    assert (file.status, file.headers["Content-Encoding"]) == (200, "br")
    assert "immutable" in file.headers["Cache-Control"]

    plainly = http_answer(machine.port, "/sign-in/", Host=SITE)
    assert (plainly[0], plainly[1]["Location"]) == (301, f"https://{SITE}/sign-in/")
    assert http_answer(machine.port, "/readyz", Host=SITE)[0] == 200
    assert http_answer(machine.port, "/sign-in/", Host="elsewhere.example.org")[0] == 400


def http_answer(port: int, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    """Return status and headers of what the web process answers without the proxy."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers)
    finally:
        connection.close()


def wrong_passwords_are_counted_by_the_browsers_own_address(browser: Browser) -> None:
    other = Browser(browser.port, browser.certificate, address="127.0.0.2")
    answers = [
        other.sign_in("admin", "wrong", X_Forwarded_For=f"192.0.2.{number}").status
        for number in range(settings.AXES_FAILURE_LIMIT)
    ]
    assert answers == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    assert other.sign_in("admin", PASSWORD, X_Forwarded_For="192.0.2.99").status == 429


def a_form_from_elsewhere_is_refused(browser: Browser) -> None:
    assert browser.cookies["sessionid"]
    assert browser.get("/sessions/").status == 200
    elsewhere = "https://elsewhere.example.org"
    refused = browser.submit("/me/", {}, "/sign-out/", Origin=elsewhere, Referer=f"{elsewhere}/")
    assert refused.status == 403


def a_page_asks_the_worker_for_the_sessions(
    browser: Browser, machine: Machine, postgres: OwnPostgres
) -> None:
    assert machine.run("health").strip()
    ((pk,),) = postgres.sql("SELECT id FROM reports_account")
    asked = browser.submit(f"/accounts/{pk}/", DAYS, f"/accounts/{pk}/sync/")
    assert asked.status == 302, asked.text
    assert browser.follow(asked).status == 200
    pause = threading.Event()
    for _ in range(300):
        if postgres.sql("SELECT state FROM reports_run") == [("done",)]:
            break
        pause.wait(0.1)
    assert len(postgres.sql(FIGURES)) == SESSIONS, machine.log("rollcall-worker")


def a_backup_is_restored_on_an_empty_database(
    browser: Browser, machine: Machine, postgres: OwnPostgres
) -> None:
    before, users = postgres.sql(FIGURES), postgres.sql("SELECT username FROM reports_user")
    machine.run("cron")
    assert "backup.sh" in (machine.root / "etc/cron.d/rollcall").read_text()
    machine.run("keep keys")
    listed = machine.shell(f"tar --list --file {machine.root}/root/rollcall-settings.tar").stdout
    assert {f"etc/rollcall/{name}" for name in ("secret_keys", "rollcall.env")} < set(
        listed.split()
    )
    (dump,) = (machine.root / "var/backups/rollcall").iterdir()
    assert dump.stat().st_mode & 0o077 == 0
    assert DEFAULT_ACCOUNT.app_tokens[0].token.encode() not in dump.read_bytes()

    machine.run("put aside")
    assert browser.get("/sign-in/").status == 502
    assert postgres.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    printed = machine.run("restore")
    assert "reports.Account.secret: 1 stored, 1 with the first key." in printed
    wait_until_ready(browser)
    assert postgres.sql(FIGURES) == before
    assert postgres.sql("SELECT username FROM reports_user") == users
    assert browser.get("/sessions/").status == 200  # still signed in
    synced = machine.manage("sync", "university", "--from", "2026-01-05", "--to", "2026-01-06")
    assert synced.returncode == 0, synced.stderr


def without_its_key_a_restored_secret_is_a_clear_error(machine: Machine) -> None:
    counted = machine.manage("rotate_keys", ROLLCALL_SECRET_KEYS_FILE=key_file(machine, "other"))
    assert counted.returncode == 1
    assert "can't be opened with any key in ROLLCALL_SECRET_KEYS" in counted.stderr
    assert "Traceback" not in counted.stderr


def key_file(machine: Machine, name: str, key: str = "") -> str:
    """Return the path of a file with the key, or with a fresh one."""
    file = machine.root / name
    file.write_text(key or Fernet.generate_key().decode())
    return str(file)


def the_key_of_secrets_is_changed(browser: Browser, machine: Machine) -> None:
    keys = machine.root / "etc/rollcall/secret_keys"
    old = keys.read_text().strip()
    printed = machine.run("new secret keys")
    assert "To encrypt 2 anew, run it with --yes." in printed
    assert "Encrypted anew: 2." in printed
    new, behind = keys.read_text().strip().split(",")
    assert (behind, len(new)) == (old, 44)
    machine.run("drop old keys")
    assert keys.read_text().strip() == new
    wait_until_ready(browser)
    synced = machine.manage("sync", "university", "--from", "2026-01-05", "--to", "2026-01-06")
    assert synced.returncode == 0, synced.stderr
    assert (
        machine.manage(
            "rotate_keys", ROLLCALL_SECRET_KEYS_FILE=key_file(machine, "old", old)
        ).returncode
        == 1
    )


def the_key_of_sign_ins_is_changed_and_nobody_is_signed_out(
    browser: Browser, machine: Machine
) -> None:
    key = machine.root / "etc/rollcall/secret_key"
    before = key.read_text()
    absent = Browser(browser.port, browser.certificate)
    assert absent.sign_in("admin", PASSWORD).status == 302
    machine.run("new secret key")
    assert key.read_text() != before
    wait_until_ready(browser)
    assert browser.get("/sessions/").status == 200
    check = machine.manage("check", "--deploy", "--fail-level", "WARNING")
    assert check.returncode == 0, check.stderr
    machine.set(SECRET_KEY_FALLBACKS_FILE="")
    machine.shell("systemctl restart rollcall-web")
    wait_until_ready(browser)
    assert browser.get("/sessions/").status == 200  # renewed when it was used
    assert absent.get("/sessions/").status == 302


def an_upgrade_keeps_everything(browser: Browser, machine: Machine, postgres: OwnPostgres) -> None:
    before = postgres.sql(FIGURES)
    machine.run("stop and back up")
    assert len(list((machine.root / "var/backups/rollcall").iterdir())) == 2
    machine.run("upgrade")
    wait_until_ready(browser)
    assert postgres.sql(FIGURES) == before
    assert browser.get("/sessions/").status == 200
