"""An administrator's way in a browser: somebody new, a room for them, and their first sign-in."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import RoomGrant, User
from tests.addresses import World, world
from tests.browser.every_page import signed_in
from tests.factories import PASSWORD


@pytest.fixture
def seen(transactional_db: None) -> World:
    return world()


def test_somebody_new_gets_a_room_and_signs_in(
    context: BrowserContext, page: Page, browser: Browser, live_server: LiveServer, seen: World
) -> None:
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:users"))
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Username").fill("ada.lovelace")
    page.get_by_label("First name").fill("Ada")
    page.get_by_role("button", name="Add and make the link").click()
    link = page.get_by_label("Link").input_value()
    page.get_by_role("link", name="To the page of Ada").click()
    page.wait_for_load_state("load")  # what is typed before the script is there needs a click
    page.get_by_label("Find a room").press_sequentially("botan")
    expect(page.get_by_label(re.compile("Chemistry"))).to_have_count(0)  # by itself
    page.get_by_label(re.compile("Botany")).check()
    page.get_by_role("button", name="Give the ticked rooms").click()
    expect(page.get_by_role("status").first).to_contain_text("1 room was given.")

    other = browser.new_context().new_page()
    other.goto(link)
    other.get_by_label("New password", exact=False).first.fill(PASSWORD)
    other.get_by_label("New password confirmation").fill(PASSWORD)
    other.get_by_role("button", name="Set the password").click()
    other.get_by_label("Username").fill("ada.lovelace")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("button", name="Sign out")).to_be_visible()
    other.context.close()


def test_rooms_are_found_and_given_without_script(
    browser: Browser, live_server: LiveServer, seen: World
) -> None:
    context = browser.new_context(java_script_enabled=False)
    signed_in(context, live_server.url)
    page = context.new_page()
    page.goto(live_server.url + reverse("reports:user", args=[seen.member.pk]))
    page.get_by_label("Find a room").fill("chem")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile(r"\?room=chem$"))
    expect(page.get_by_label(re.compile("Botany"))).to_have_count(0)
    page.get_by_label(re.compile("Chemistry")).check()
    page.get_by_role("button", name="Give the ticked rooms").click()
    page.get_by_role("button", name="Take away Anatomy").click()
    context.close()
    assert [grant.room for grant in RoomGrant.objects.filter(user=seen.member)] == [seen.far_room]


def test_a_disabled_users_open_page_leads_to_the_sign_in(
    context: BrowserContext, page: Page, browser: Browser, live_server: LiveServer, seen: World
) -> None:
    theirs = browser.new_context()
    signed_in(theirs, live_server.url, User.objects.get(pk=seen.member.pk))
    other = theirs.new_page()
    other.goto(live_server.url + reverse("reports:sessions"))
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:user", args=[seen.member.pk]))
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("status").first).to_contain_text("signed out everywhere")
    other.reload()
    expect(other.get_by_role("heading", level=1)).to_have_text(re.compile("^Sign in to"))
    theirs.close()
