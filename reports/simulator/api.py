"""The API's services and actions: from a call's parameters to a result, a CSV or an API error.

Knows nothing of sockets and headers beyond what an answer carries; `server` reads requests and
writes answers. The contract is the real API's documented behaviour, errors included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reports.simulator import (
    accounts as accounts_module,
    answers,
    categories,
    faults as faults_module,
    wire,
)
from reports.simulator.accounts import Account, AppToken, KsRegister, KsState
from reports.simulator.faults import Faults
from reports.simulator.wire import ApiProblem
from reports.simulator.world import World

JSON_FORMAT = "1"
DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class Call:
    """One API call, wherever its parameters stood."""

    service: str  # in lower case
    action: str  # in lower case
    parameters: Mapping[str, str]
    address: str = "127.0.0.1"  # of the caller
    uri: str = ""  # the path

    @property
    def report_id(self) -> int | None:
        """The report asked for, None for other calls and unreadable ids."""
        text = self.parameters.get("id", "")
        return int(text) if self.service == "report" and text.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back with HTTP 200."""

    body: bytes
    content_type: str
    file_name: str = ""  # for Content-Disposition; empty for none


class Api:
    """A simulated Kaltura: a world, its accounts and the sessions that they started."""

    def __init__(
        self,
        world: World,
        accounts: Iterable[Account],
        *,
        faults: Faults,
        row_cap: int,
        clock: Callable[[], float],
    ) -> None:
        self.world = world
        self.accounts = {account.partner_id: account for account in accounts}
        self.faults = faults
        self.row_cap = row_cap
        self.keys = KsRegister(clock)
        self._clock = clock
        self._actions: dict[tuple[str, str], Callable[[Call], object]] = {
            ("session", "start"): self._start,
            ("session", "startwidgetsession"): self._start_widget_session,
            ("session", "get"): self._get,
            ("session", "end"): self._end,
            ("apptoken", "startsession"): self._start_by_app_token,
            ("category", "list"): self._categories,
            ("categoryentry", "list"): self._category_entries,
        }

    def answer(self, call: Call) -> Answer:
        """Return the answer to a call; an API error is an answer too."""
        as_json = call.parameters.get("format") == JSON_FORMAT
        content_type = "application/json" if as_json else "text/xml; charset=utf-8"
        try:
            if (call.service, call.action) == ("report", "getcsvfromstringparams"):
                return self._report(call)
            result = self._action(call)(call)
        except ApiProblem as problem:
            body = wire.json_error(problem) if as_json else wire.xml_error(problem)
            return Answer(body, content_type)
        body = wire.json_body(result) if as_json else wire.xml_body(result)
        return Answer(body, content_type)

    def _action(self, call: Call) -> Callable[[Call], object]:
        action = self._actions.get((call.service, call.action))
        if action is not None:
            return action
        if call.service not in {"report", *(service for service, _ in self._actions)}:
            raise ApiProblem(
                "SERVICE_DOES_NOT_EXISTS",
                f'Service "{call.service}" does not exists',
                {"SERVICE_NAME": call.service},
            )
        raise ApiProblem(
            "ACTION_DOES_NOT_EXISTS_FOR_SERVICE",
            f'Action "{call.action}" does not exists for service "{call.service}"',
            {"ACTION_NAME": call.action, "SERVICE_NAME": call.service},
        )

    def _start(self, call: Call) -> object:
        partner_id = _integer(call, "partnerId", 0)
        type_ = _integer(call, "type", accounts_module.USER_TYPE)
        account, secret = self.accounts.get(partner_id), call.parameters.get("secret", "")
        is_right = account is not None and (
            accounts_module.is_equal_secret(secret, account.admin_secret)
            or (
                type_ == accounts_module.USER_TYPE
                and accounts_module.is_equal_secret(secret, account.user_secret)
            )
        )
        if not is_right:
            raise ApiProblem(
                "START_SESSION_ERROR",
                f"Error while starting session for partner [{partner_id}]",
                {"PARTNER_ID": str(partner_id)},
            )
        return self.keys.issue(
            partner_id,
            user_id=call.parameters.get("userId", ""),
            type_=type_,
            seconds=_integer(call, "expiry", DAY_SECONDS),
            privileges=call.parameters.get("privileges", ""),
        ).ks

    def _start_widget_session(self, call: Call) -> object:
        widget_id = call.parameters.get("widgetId", "")
        partner_id = int(widget_id[1:]) if re.fullmatch(r"_[0-9]{1,18}", widget_id) else 0
        if partner_id not in self.accounts:
            raise ApiProblem(
                "INVALID_WIDGET_ID", f"Invalid widget id [{widget_id}]", {"WIDGET_ID": widget_id}
            )
        state = self.keys.issue(
            partner_id,
            user_id="0",
            type_=accounts_module.USER_TYPE,
            seconds=_integer(call, "expiry", DAY_SECONDS),
            privileges="view:*,widget:1",
        )
        return {
            "partnerId": partner_id,
            "ks": state.ks,
            "userId": "0",
            "objectType": "KalturaStartWidgetSessionResponse",
        }

    def _start_by_app_token(self, call: Call) -> object:
        base = self._signed_in(call)
        token = self._app_token(base.partner_id, call.parameters.get("id", ""))
        given = call.parameters.get("tokenHash", "").lower()
        if not accounts_module.is_equal_secret(given, token.right_hash(base.ks)):
            raise ApiProblem("INVALID_APP_TOKEN_HASH", "The application token hash is invalid")
        asked_type = _integer(call, "type", accounts_module.USER_TYPE)
        asked_seconds = _integer(call, "expiry", token.session_seconds)
        state = self.keys.issue(
            base.partner_id,
            user_id=token.session_user_id or call.parameters.get("userId", ""),
            type_=asked_type if token.session_type is None else token.session_type,
            seconds=min(asked_seconds, token.session_seconds),
            privileges=token.session_privileges,
        )
        return {"ks": state.ks, **_described(state)}

    def _app_token(self, partner_id: int, token_id: str) -> AppToken:
        tokens = {token.id: token for token in self.accounts[partner_id].app_tokens}
        token = tokens.get(token_id)
        if token is None:
            code, state = "APP_TOKEN_ID_NOT_FOUND", "was not found"
        elif not token.active:
            code, state = "APP_TOKEN_NOT_ACTIVE", "is not active"
        elif token.expires_at is not None and token.expires_at <= self._clock():
            code, state = "APP_TOKEN_EXPIRED", "is expired"
        else:
            return token
        raise ApiProblem(code, f"Application token id [{token_id}] {state}", {"ID": token_id})

    def _get(self, call: Call) -> object:
        current = self._signed_in(call)
        asked = call.parameters.get("session", "")
        return _described(self.keys.find(asked) if asked else current)

    def _end(self, call: Call) -> object:
        self._signed_in(call).ended = True
        return None

    def _categories(self, call: Call) -> object:
        sees_all = self._sees_categories(call)
        return categories.list_categories(self.world, call.parameters, sees_all=sees_all)

    def _category_entries(self, call: Call) -> object:
        sees_all = self._sees_categories(call)
        return categories.list_category_entries(self.world, call.parameters, sees_all=sees_all)

    def _sees_categories(self, call: Call) -> bool:
        """Say whether entitlement hides no category. Raises ApiProblem: SERVICE_FORBIDDEN."""
        state = self._signed_in(call)
        account = self.accounts[state.partner_id]
        if not account.may_list_categories:
            raise _forbidden("category", "list")
        return not account.has_entitlement or state.privilege("disableentitlement") is not None

    def _signed_in(self, call: Call) -> KsState:
        ks = call.parameters.get("ks", "")
        state = self.keys.use(ks, address=call.address, uri=call.uri)
        blocked = self.accounts[state.partner_id].blocked
        if blocked:
            raise ApiProblem(
                f"SERVICE_FORBIDDEN_{blocked}_BLOCKED",
                f"The access to service [{call.service}->{call.action}] is forbidden",
                {"SERVICE": call.service, "ACTION": call.action},
            )
        return state

    def _report(self, call: Call) -> Answer:
        account = self._allowed_account(call)
        text, params = call.parameters.get("id", ""), call.parameters.get("params", "")
        if call.report_id is None or call.report_id not in account.reports_enabled:
            raise answers.report_not_found(text)
        query = answers.read_query(call.report_id, params)
        faults_module.refuse_long(self.faults, query)
        late = self.faults.holds_events_back()
        arrived = self.faults.arrived if late else None
        table = answers.report_table(self.world, query, arrived=arrived)
        faults_module.refuse_heavy(self.faults, query, len(table.rows))
        excluded = [name.strip() for name in call.parameters.get("excludedFields", "").split(",")]
        table = wire.without_columns(table, excluded)
        table = faults_module.spoil_rows(self.faults, query, table)
        table = faults_module.spoil_columns(self.faults, query.report_id, table)
        table = answers.cut(table, query, self.row_cap)
        name = re.sub(r"[^0-9A-Za-z_-]+", "_", f"{query.report_id}_{params}")[:100]
        return Answer(wire.csv_body(table), "text/csv", f"{name}.csv")

    def _allowed_account(self, call: Call) -> Account:
        state = self._signed_in(call)
        report = call.report_id
        if self.faults.fires("ks_expires_after", report=report, when=lambda it: _worn(state, it)):
            state.expires_at = 0
            raise accounts_module.invalid_ks(state.ks, -5)
        state.report_calls += 1
        account = self.accounts[state.partner_id]
        if not state.is_admin or not account.has_analytics:
            raise _forbidden("report", "getCsvFromStringParams")
        return account


def _forbidden(service: str, action: str) -> ApiProblem:
    return ApiProblem(
        "SERVICE_FORBIDDEN",
        f"The access to service [{service}->{action}] is forbidden",
        {"SERVICE": service, "ACTION": action},
    )


def _worn(state: KsState, fault: faults_module.Fault) -> bool:
    return state.report_calls >= fault.calls


def _described(state: KsState) -> dict[str, object]:
    return {
        "sessionType": state.type,
        "partnerId": state.partner_id,
        "userId": state.user_id,
        "expiry": state.expires_at,
        "privileges": state.privileges,
        "objectType": "KalturaSessionInfo",
    }


def _integer(call: Call, name: str, default: int) -> int:
    text = call.parameters.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ApiProblem(
            "INVALID_PARAMETER_VALUE",
            f"Invalid parameter [{name}]",
            {"PARAMETER_NAME": name},
        )
    return int(text)
