"""The client of one Kaltura account: check a sign-in, ask for a report.

Belongs here: the calls that the product makes, put together from the other modules. Takes plain
values and an optional ``requests.Session``; never reads settings or a database.
Source: Kaltura's report service (getCsvFromStringParams) and session service.
"""

import hashlib
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, TypeVar

import requests

from reports.kaltura.csv_wire import Header, RowReader, header_of, split_lines
from reports.kaltura.endpoints import checked_base_url
from reports.kaltura.errors import (
    BadFilter,
    KsActionsUsedUp,
    KsExpired,
    KsLoggedOut,
    KsNotAdmin,
    KsOfAnotherPartner,
)
from reports.kaltura.filters import ReportFilters, excluded_fields_value
from reports.kaltura.masking import MASK
from reports.kaltura.reports import REPORTS, BrokenLine, ReportSpec, Row
from reports.kaltura.signin import KsInfo, KsKeeper, SignIn, ks_info
from reports.kaltura.transport import OpenAnswer, RetryPolicy, Transport

_T = TypeVar("_T")

_REPORT_ACTION = ("report", "getCsvFromStringParams")
_KS_MARGIN = timedelta(minutes=5)
_KS_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DownloadedReport:
    """What ``download_report`` wrote: always a whole answer, since one that broke off raises."""

    row_count: int  # lines below the header
    byte_count: int
    sha256: str
    asked_at: datetime  # aware, UTC; before the question was sent


class ReportAnswer:
    """One report's answer, read as it comes; once iterating has ended, all of it has come."""

    def __init__(self, spec: ReportSpec, answer: OpenAnswer, header: Header) -> None:
        self.spec = spec
        self.asked_at = answer.asked_at  # aware, UTC; before the question was sent
        self.row_count = 0  # lines below the header, broken ones too; final after iterating
        self._digest = hashlib.sha256()
        self._lines = split_lines(self._digested(answer.chunks()))
        self._reader = RowReader(spec, header)
        self.columns = header.columns  # as the answer names them
        self.missing_columns = header.missing  # not there and not excluded; their values are None
        self.unknown_columns = header.unknown  # new ones, not read
        self._started = False
        self._finished = False

    def __iter__(self) -> Iterator[Row | BrokenLine]:
        """Yield each line in the answer's order, once.

        **Raises**: BrokenOffAnswer, TimedOut: what was yielded is not the whole; RuntimeError the
        second time.
        """
        if self._started:
            raise RuntimeError("An answer can be read only once.")
        self._started = True
        next(self._lines)  # the header, already read
        for line in self._lines:
            self.row_count += 1
            yield self._reader.read(self.row_count + 1, line)
        self._finished = True

    @property
    def sha256(self) -> str:
        """Return the hex digest of the body.

        **Raises**: RuntimeError before the whole answer was read.
        """
        if not self._finished:
            raise RuntimeError("The answer has not been read to its end.")
        return self._digest.hexdigest()

    def _digested(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._digest.update(chunk)
            yield chunk


class KalturaClient:
    """Talks to one Kaltura server with one sign-in; may be shared between threads."""

    def __init__(
        self,
        base_url: str,
        sign_in: SignIn,
        *,
        http: requests.Session | None = None,
        connect_timeout: float = 10,
        read_timeout: float = 630,  # Kaltura itself stops at 600
        retries: int = 4,
        back_off: float = 0.5,
        ks_margin: timedelta = _KS_MARGIN,
        ks_life: timedelta = _KS_LIFE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        """Times are in seconds. **Raises**: ValueError for a base URL that is none."""
        policy = RetryPolicy(retries, back_off)
        if sleep is not None:
            policy = RetryPolicy(retries, back_off, sleep)
        self._sign_in = sign_in
        self._now = now
        self._transport = Transport(
            checked_base_url(base_url),
            http or requests.Session(),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            policy=policy,
            now=now,
        )
        self._keeper = KsKeeper(
            sign_in, self._transport.call, margin=ks_margin, life=ks_life, now=now
        )

    def check(self) -> KsInfo:
        """Return what Kaltura says about this sign-in's KS, signing in first where there is none.

        **Raises**: KsNotAdmin, KsOfAnotherPartner, KsExpired; SignInFailed, KsRejected and every
        other KalturaError.
        Source: session.get.
        """
        info = ks_info(self._with_ks(self._session_of))
        expected = self._sign_in.partner_id
        if expected is not None and info.partner_id != expected:
            raise KsOfAnotherPartner(expected, info.partner_id)
        if not info.is_admin:
            raise KsNotAdmin
        if info.expires_at is not None and info.expires_at <= self._now():
            raise KsExpired
        return info

    def call(self, service: str, action: str, form: Mapping[str, str]) -> object:
        """Return the decoded JSON result of another small call, made with this sign-in's KS.

        **Raises**: KalturaError.
        """
        return self._with_ks(
            lambda ks: self._transport.call(
                service, action, {"ks": ks, **form}, ks, *self._keeper.secrets()
            )
        )

    @contextmanager
    def open_report(
        self,
        report_id: int,
        filters: ReportFilters,
        *,
        excluded_fields: Sequence[str] = (),
    ) -> Iterator[ReportAnswer]:
        """Give the answer of report 6000, 6001 or 6002 as it streams, its header already read.

        **Raises**: BadFilter before anything is sent; on entering every KalturaError,
        MissingColumns among them; while iterating BrokenOffAnswer and TimedOut.
        """
        spec = _spec(report_id)
        lost = {name.lower() for name in excluded_fields} & set(spec.needed_columns)
        if lost:
            raise BadFilter(f"Report {spec.id} can't be read without {', '.join(sorted(lost))}.")
        answer, header = self._asked(spec, filters, excluded_fields)
        try:
            yield ReportAnswer(spec, answer, header)
        finally:
            answer.close()

    def download_report(
        self,
        report_id: int,
        filters: ReportFilters,
        *,
        excluded_fields: Sequence[str] = (),
        to: BinaryIO,
    ) -> DownloadedReport:
        """Write the answer's bytes exactly as Kaltura gave them, and return what they are.

        **Raises**: as ``open_report``, apart from MissingColumns. After BrokenOffAnswer or TimedOut
        ``to`` may hold a part: the caller throws it away.
        """
        spec = _spec(report_id)
        answer, _ = self._asked(spec, filters, excluded_fields)
        digest = hashlib.sha256()
        byte_count = 0

        def written() -> Iterator[bytes]:
            nonlocal byte_count
            for chunk in answer.chunks():
                to.write(chunk)
                digest.update(chunk)
                byte_count += len(chunk)
                yield chunk

        try:
            row_count = sum(1 for _ in split_lines(written())) - 1
        finally:
            answer.close()
        return DownloadedReport(row_count, byte_count, digest.hexdigest(), answer.asked_at)

    def describe_request(
        self,
        report_id: int,
        filters: ReportFilters,
        *,
        excluded_fields: Sequence[str] = (),
    ) -> str:
        """Return the same request as a curl command, the KS masked, for showing.

        **Raises**: BadFilter.
        """
        form = {"format": "1", "ks": MASK} | _report_form(
            _spec(report_id), filters, excluded_fields
        )
        lines = [f"curl {shlex.quote(self._transport.url(*_REPORT_ACTION))}"]
        lines += [f"  --data-urlencode {shlex.quote(f'{k}={v}')}" for k, v in form.items()]
        return " \\\n".join(lines)

    def end_session(self) -> None:
        """Revoke the KS that this client made, if it made one; a pasted KS is left alone.

        **Raises**: KalturaError when Kaltura can't be told; the KS then ends by itself.
        """
        self._keeper.end()

    def _asked(
        self, spec: ReportSpec, filters: ReportFilters, excluded_fields: Sequence[str]
    ) -> tuple[OpenAnswer, Header]:
        form = _report_form(spec, filters, excluded_fields)
        answer = self._with_ks(
            lambda ks: self._transport.open(
                *_REPORT_ACTION, {"ks": ks} | form, ks, *self._keeper.secrets()
            )
        )
        try:
            secrets = self._keeper.secrets()
            return answer, header_of(answer.head, spec, excluded_fields, secrets)
        except BaseException:
            answer.close()
            raise

    def _session_of(self, ks: str) -> object:
        return self._transport.call("session", "get", {"ks": ks}, ks)

    def _with_ks(self, send: Callable[[str], _T]) -> _T:
        ks = self._keeper.current()
        try:
            return send(ks)
        except (KsExpired, KsLoggedOut, KsActionsUsedUp):
            if not self._keeper.renews:
                raise
        return send(self._keeper.instead_of(ks))


def _spec(report_id: int) -> ReportSpec:
    try:
        return REPORTS[report_id]
    except KeyError:
        known = ", ".join(str(number) for number in REPORTS)
        raise BadFilter(f"There is no Room report {report_id}, only {known}.") from None


def _report_form(
    spec: ReportSpec, filters: ReportFilters, excluded_fields: Sequence[str]
) -> dict[str, str]:
    form = {"id": str(spec.id), "params": filters.to_params(spec)}
    excluded = excluded_fields_value(spec, excluded_fields)
    return form | ({"excludedFields": excluded} if excluded else {})
