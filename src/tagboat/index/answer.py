"""What an index answered to one request, and what of it a person should read."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSIENT = frozenset({429, 500, 502, 503, 504})
LONGEST_REASON = 300
LONGEST_HEADER = 80
UNTOLD = frozenset({"script", "style", "head"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer, its body read to the end.

    Attributes:
        status: the HTTP status, or 0 when no answer came: the request may or may not have had its effect.
        reason: the HTTP reason, or why no answer came.
        headers: by lower-case name.
        url: what finally answered, after redirects.
        hopeless: no answer came, and asking again cannot help (a certificate that is not trusted).
        outlived: it is a 401 to a credential that was good for a while; the next request brings a fresh one.
    """

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    url: str = ""
    hopeless: bool = False
    outlived: bool = False

    @property
    def is_success(self) -> bool:
        """2xx: the server did, or took, what was asked."""
        return 200 <= self.status < 300

    @property
    def is_redirect(self) -> bool:
        """It says where else to ask."""
        return self.status in {301, 302, 303, 307, 308}

    @property
    def is_transient(self) -> bool:
        """Another try may go better: nobody answered, or the server calls it its own trouble."""
        return self.status in TRANSIENT or (self.status == 0 and not self.hopeless)

    @property
    def retry_after(self) -> float:
        """Seconds after which the server wants to be asked again, which it may also give as a date; 0 when it does not.

        A date is read by the server's own clock, where it tells that.
        """
        asked = self.headers.get("retry-after", "").strip()
        if asked.isdigit():
            return float(asked)
        then, now = _seconds(asked), _seconds(self.headers.get("date", "")) or time.time()
        return max(then - now, 0.0) if then else 0.0

    @property
    def content_type(self) -> str:
        """The media type, in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_page(self) -> bool:
        """It is a page made for people, whatever its status says. A content type alone says little: many leave it."""
        start = self.body[:1000].lower()
        return any(sign in start for sign in (b"<!doctype html", b"<html", b"<head", b"<body"))

    @property
    def sender(self) -> str:
        """Who says to have made or handed on this answer, by the headers for that; "" when nobody does."""
        said = [(name, self.headers.get(name.lower(), "")) for name in ("Server", "Via")]
        return ", ".join(f"{name}: {value[:LONGEST_HEADER]}" for name, value in said if value)

    @property
    def text(self) -> str:
        """The body; bytes that do not fit its charset are replaced."""
        charset = re.search(r"charset=\"?([\w-]+)", self.headers.get("content-type", ""))
        try:
            return self.body.decode(charset.group(1) if charset else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def explain(self) -> str:
        """What the server said, in one short line: status, reason and message, never a page of HTML."""
        message = _message(self)
        status = f"{self.status} {self.reason}".strip() if self.status else self.reason
        words = status if not message or message in status else f"{status}: {message}"
        return words if len(words) <= LONGEST_REASON else words[: LONGEST_REASON - 1] + "…"


def _seconds(date: str) -> float:
    """An HTTP date in seconds since 1970; 0 when it is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _message(answer: Answer) -> str:
    if answer.content_type.endswith("json"):
        text = _json_message(answer.text)
    elif answer.content_type == "text/html":
        text = "" if answer.status in {401, 403} else _html_text(answer.text)  # it says no more than the status
    else:
        text = answer.text
    return " ".join(text.split())


def _json_message(text: str) -> str:
    try:
        data = json.loads(text)
    except ValueError:
        return ""
    errors = data.get("errors") if isinstance(data, dict) else None  # as Artifactory says it
    if isinstance(errors, list) and errors:
        data = errors[0]
    found = (
        [data[key] for key in ("message", "code", "detail", "error") if key in data] if isinstance(data, dict) else []
    )
    return next((value for value in found if isinstance(value, str)), "")


def _html_text(page: str) -> str:
    reader = _TextReader()
    reader.feed(page)
    return " ".join(reader.parts)


class _TextReader(HTMLParser):
    """Collects what a person would read of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in UNTOLD

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in UNTOLD and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
