"""The demo's Moodle: a labelled stand-in that is told of Rollcall at each start, and known here.

The stand-in keeps nothing itself, so the client id stays the same from start to start.
"""

from pathlib import Path

import requests
from django.urls import reverse
from django.utils import timezone

from reports.management.processes import free_port
from reports.models import Account, MoodleSite, MoodleTool
from reports.moodle.keys import signing_key

CLIENT_ID = "rollcall-demo"
CUSTOM = {
    "user_name": "$User.username",
    "course_history": "$Context.id.history",
    "course_start": "$CourseSection.timeFrame.begin",
    "course_end": "$CourseSection.timeFrame.end",
}


def kept_port(file: Path) -> int:
    """Return the stand-in's port, the same at every run: a site is known by its address."""
    if not file.exists():
        file.write_text(str(free_port()))
    return int(file.read_text())


def connect_moodle(issuer: str, address: str, account: Account) -> None:
    """Make each other known: Rollcall at `address`, the stand-in with this issuer."""
    signing_key()
    base = address.rstrip("/")
    launch = base + reverse("reports:moodle-launch")
    tool = {
        "client_id": CLIENT_ID,
        "name": "Attendance",
        "tool_url": launch,
        "login_url": base + reverse("reports:moodle-sign-in"),
        "redirect_urls": [launch],
        "jwks_url": base + reverse("reports:moodle-keys"),
        "deep_link_url": "",
        "custom": CUSTOM,
        "in_every_course": True,
    }
    answer = requests.post(f"{issuer}/standin/tools", json=tool, timeout=30)
    answer.raise_for_status()
    site, _ = MoodleSite.objects.get_or_create(
        issuer=issuer,
        defaults={"name": "Moodle stand-in (demo)", "account": account, "is_active": True},
    )
    MoodleTool.objects.update_or_create(
        site=site,
        client_id=CLIENT_ID,
        defaults={
            "deployment_id": answer.json()["deployment_id"],
            "auth_url": f"{issuer}/mod/lti/auth.php",
            "token_url": f"{issuer}/mod/lti/token.php",
            "keys_url": f"{issuer}/mod/lti/certs.php",
            "confirmed_at": timezone.now(),
        },
    )
