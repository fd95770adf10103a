"""Of an id_token nothing is believed before everything was checked."""

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from reports.models import MoodleSite, MoodleTool, MoodleUser
from reports.moodle.launch import DEEP_LINKING, course_role
from reports.simulator.moodle.claims import LTI, ROLE
from reports.simulator.moodle.standin import MoodleStandIn
from tests.moodle.conftest import ANATOMY, LEARNER, TEACHER, Visitor, course_of, user_of

Claims = dict[str, Any]
Change = Callable[[Claims], object]
LIS = "http://purl.imsglobal.org/vocab/lis/v2/"


def put(name: str, value: object) -> Change:
    return lambda claims: claims.update({name: value})


def without(name: str) -> Change:
    return lambda claims: claims.pop(name)


def later(seconds: int) -> Change:
    """Return a change of all times."""
    return lambda claims: claims.update(iat=claims["iat"] + seconds, exp=claims["exp"] + seconds)


def both(*changes: Change) -> Change:
    def change(claims: Claims) -> None:
        for one in changes:
            one(claims)

    return change


def several(claims: Claims) -> None:
    """Let the token be for two tools, and for ours to use."""
    claims.update(aud=["other", claims["aud"]], azp=claims["aud"])


GOOD: dict[str, Change] = {
    "as it is": lambda claims: None,
    "one audience in a list": lambda claims: claims.update(aud=[claims["aud"]]),
    "two audiences, used by us": several,
    "azp is us": lambda claims: claims.update(azp=claims["aud"]),
    "Moodle's clock is 20 s fast": later(20),
    "Moodle's clock is 80 s slow": later(-80),
    "no names": both(without("given_name"), without("family_name"), without("name")),
    "no custom parameters": without(LTI + "custom"),
    "no ext": without(LTI + "ext"),
    "names with odd characters": put("given_name", "T\x00i\ud800na\n"),
    "an address that is none": put("email", "tina@example.org\nBcc: all@example.org"),
    "a name without end": put("family_name", "x" * 5000),
    "a title without end": put(LTI + "context", {"id": "7", "title": "x" * 5000}),
    "custom values of every kind": put(
        LTI + "custom", {"course_start": "yesterday", "course_history": None, "more": [1], "n": 1}
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_token_lets_in(visitor: Visitor, site: MoodleSite, name: str) -> None:
    assert visitor.forge(GOOD[name]).status_code == 302
    user = user_of(site, TEACHER)
    assert user.email in ("", "tina@example.org")
    assert len(user.last_name) <= 150
    assert course_of(site)


BAD: dict[str, Change] = {
    "another issuer": put("iss", "https://moodle.example.org"),
    "the issuer with a slash": lambda claims: claims.update(iss=claims["iss"] + "/"),
    "another audience": put("aud", "other"),
    "other audiences": put("aud", ["other", "another"]),
    "two audiences, nobody's": lambda claims: claims.update(aud=[claims["aud"], "other"]),
    "two audiences, used by the other": lambda claims: claims.update(
        aud=[claims["aud"], "other"], azp="other"
    ),
    "azp is another": put("azp", "other"),
    "an audience of no kind": put("aud", {"a": 1}),
    "of tomorrow": later(24 * 3600),
    "no time": without("exp"),
    "no beginning": without("iat"),
    "a time without end": put("exp", float("inf")),
    "a time in words": put("exp", "soon"),
    "not before tomorrow": lambda claims: claims.update(nbf=claims["exp"] + 3600),
    "nobody": without("sub"),
    "an empty nobody": put("sub", ""),
    "somebody who is a number": put("sub", 3),
    "somebody without end": put("sub", "3" * 65),
    "no nonce": without("nonce"),
    "another nonce": put("nonce", "other"),
    "a nonce of no kind": put("nonce", {"a": 1}),
    "another deployment": put(LTI + "deployment_id", "999"),
    "no deployment": without(LTI + "deployment_id"),
    "another version": put(LTI + "version", "1.1"),
    "no version": without(LTI + "version"),
    "no message": without(LTI + "message_type"),
    "no roles": without(LTI + "roles"),
    "no activity": without(LTI + "resource_link"),
    "an activity of no kind": put(LTI + "resource_link", "7"),
    "a course of no kind": put(LTI + "context", ["7"]),
    "custom parameters of no kind": put(LTI + "custom", "x"),
    "a course without end": put(LTI + "context", {"id": "7" * 65}),
    "a message of privacy": both(
        put(LTI + "message_type", "DataPrivacyLaunchRequest"),
        put(LTI + "for_user", {"user_id": "4"}),
        without(LTI + "resource_link"),
        without(LTI + "context"),
    ),
    "a message of grades": both(
        put(LTI + "message_type", "LtiSubmissionReviewRequest"),
        put(LTI + "for_user", {"user_id": "4"}),
        put("https://purl.imsglobal.org/spec/lti-ags/claim/endpoint", {"lineitem": "x"}),
    ),
    "a message of nothing": put(LTI + "message_type", "LtiStartProctoring"),
    "a selection that leads nowhere": put(LTI + "message_type", "LtiDeepLinkingRequest"),
    "a selection of no kind": both(
        put(LTI + "message_type", "LtiDeepLinkingRequest"), put(DEEP_LINKING, ["x"])
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_refused(visitor: Visitor, name: str) -> None:
    answer = visitor.forge(BAD[name])
    assert answer.status_code in (400, 403)
    assert not MoodleUser.objects.exists()
    assert not visitor.client.session.get("_auth_user_id")


def test_an_old_token_is_refused(visitor: Visitor) -> None:
    answer = visitor.forge(later(-91))
    assert (answer.status_code, "clocks differ" in answer.content.decode()) == (403, True)


def test_a_fast_clock_of_moodle_is_named(visitor: Visitor, moodle: MoodleStandIn) -> None:
    moodle.clock_offset_seconds = 120
    answer = visitor.launch(ANATOMY, TEACHER)
    assert (answer.status_code, "clocks differ" in answer.content.decode()) == (403, True)


SECRET = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def kid(moodle: MoodleStandIn) -> dict[str, str]:
    return {"kid": moodle.state.key.key_id}


def unsigned(moodle: MoodleStandIn, claims: Claims) -> str:
    return jwt.encode(claims, "", algorithm="none", headers=kid(moodle))


def by_the_public_key(moodle: MoodleStandIn, claims: Claims) -> str:
    """Sign with what is public, as if it were a shared secret."""
    public = moodle.state.key.key_set()["keys"][0]["n"]
    return jwt.encode(claims, public, algorithm="HS256", headers=kid(moodle))


def by_another_key(moodle: MoodleStandIn, claims: Claims) -> str:
    return jwt.encode(claims, SECRET, algorithm="RS256", headers=kid(moodle))


def by_an_unknown_key(moodle: MoodleStandIn, claims: Claims) -> str:
    return jwt.encode(claims, SECRET, algorithm="RS256", headers={"kid": "mine"})


def by_a_key_in_the_header(moodle: MoodleStandIn, claims: Claims) -> str:
    own = jwt.algorithms.RSAAlgorithm.to_jwk(SECRET.public_key(), as_dict=True)
    headers = {"kid": "mine", "jwk": own, "jku": "https://elsewhere.example/keys"}
    return jwt.encode(claims, SECRET, algorithm="RS256", headers=headers)


def without_key_id(moodle: MoodleStandIn, claims: Claims) -> str:
    return jwt.encode(claims, SECRET, algorithm="RS256")


def cut_off(moodle: MoodleStandIn, claims: Claims) -> str:
    return moodle.sign(claims).rpartition(".")[0] + "."


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        by_the_public_key,
        by_another_key,
        by_an_unknown_key,
        by_a_key_in_the_header,
        without_key_id,
        cut_off,
    ],
)
def test_a_token_that_moodle_did_not_sign_is_refused(
    visitor: Visitor, moodle: MoodleStandIn, sign: Callable[[MoodleStandIn, Claims], str]
) -> None:
    answer = visitor.forge(lambda claims: None, lambda claims: sign(moodle, claims))
    assert answer.status_code == 403
    assert not MoodleUser.objects.exists()


def test_a_token_of_another_site_is_refused(
    visitor: Visitor, site: MoodleSite, other_site: MoodleSite, other_moodle: MoodleStandIn
) -> None:
    """The other site is known and active, and knows the nonce: its word counts for itself alone."""
    other = other_site.tools.get()
    own = put("iss", other_site.issuer)
    for change in (own, both(own, put("aud", other.client_id)), lambda claims: None):
        assert visitor.forge(change, other_moodle.sign).status_code == 403
    assert not MoodleUser.objects.exists()


def test_a_token_of_another_tool_of_the_site_is_refused(visitor: Visitor, site: MoodleSite) -> None:
    tool = site.tools.get()
    MoodleTool.objects.create(
        site=site,
        client_id="another",
        deployment_id=tool.deployment_id,
        auth_url=tool.auth_url,
        token_url=tool.token_url,
        keys_url=tool.keys_url,
    )
    assert visitor.forge(put("aud", "another")).status_code == 403


def test_a_course_of_no_id_is_none(visitor: Visitor) -> None:
    answer = visitor.forge(put(LTI + "context", {"title": "Site home"}))
    assert (answer.status_code, "No course" in answer.content.decode()) == (403, True)


def test_a_roster_elsewhere_is_never_asked(visitor: Visitor, site: MoodleSite) -> None:
    name = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
    for url in ("http://169.254.169.254/latest", f"{site.issuer}.evil.example/x", "http://[", 7):
        assert visitor.forge(put(name, {"context_memberships_url": url})).status_code == 302
        assert course_of(site).memberships_url == ""


ROLES: dict[str, tuple[object, str | None]] = {
    "instructor": ([ROLE + "Instructor"], "teacher"),
    "short instructor": (["Instructor"], "teacher"),
    "assistant": ([f"{LIS}membership/Instructor#TeachingAssistant"], "teacher"),
    "learner": ([ROLE + "Learner"], "learner"),
    "both": ([ROLE + "Learner", ROLE + "Instructor"], "teacher"),
    "site administrator": ([f"{LIS}system/person#Administrator"], "site_administrator"),
    "learner who teaches others": ([f"{LIS}membership/Learner#Instructor"], None),
    "administrator of a course": ([ROLE + "Administrator"], None),
    "short administrator": (["Administrator"], None),
    "instructor somewhere else": ([f"{LIS}institution/person#Instructor"], None),
    "guest": ([f"{LIS}institution/person#Guest"], None),
    "mentor": ([ROLE + "Mentor"], None),
    "another vocabulary": (["https://elsewhere.example/membership#Instructor"], None),
    "none": ([], None),
    "missing": (None, None),
    "of no kind": ("Instructor", None),
    "things": ([{"a": 1}, 7, None, ["Instructor"]], None),
}


@pytest.mark.parametrize("name", ROLES)
def test_roles_let_in_as_what_they_are(name: str) -> None:
    given, expected = ROLES[name]
    assert course_role(given) == expected


@pytest.mark.parametrize("roles", [[], [ROLE + "Mentor"], "Instructor", [{"a": 1}]])
def test_other_roles_are_refused_politely(visitor: Visitor, roles: object) -> None:
    answer = visitor.forge(put(LTI + "roles", roles))
    assert (answer.status_code, "nothing here for your role" in answer.content.decode()) == (
        403,
        True,
    )
    assert not MoodleUser.objects.exists()


def test_two_people_with_one_address_stay_two(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    visitor.forge(both(put("sub", str(LEARNER)), put("email", "tina@example.org")))
    assert user_of(site, TEACHER) != user_of(site, LEARNER)
