"""A thin HTTP client for one index: who gets the credential, when to try again, what errors say.

urllib3 does the talking and is imported at the first request. Reads are repeated when the server or the
line has a bad moment; writes never are: whoever sends one looks at the index and decides.
"""

from __future__ import annotations

import base64
import hashlib
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from tagboat import __version__
from tagboat.config.urls import LOOPBACK
from tagboat.errors import IndexFailed
from tagboat.index.answer import Answer
from tagboat.index.credentials.credential import origin, variable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import urllib3

    from tagboat.index.credentials.credential import Credential
    from tagboat.index.credentials.login import Login

BLOCK = 1 << 18  # small enough for a slow line to take it within the time limit of one write
ATTEMPTS = 4
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 30.0
MOST_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Transport:
    """How to reach servers.

    Attributes:
        environ: where proxies are named (`https_proxy`, `no_proxy` and their kin).
        ca_file: certificates trusted besides those that the system trusts.
        connect: seconds to connect, and to write one block.
        read: seconds to wait for an answer, and for each part of it.
        sleep: waits that many seconds.
    """

    environ: Mapping[str, str] = field(repr=False)
    ca_file: Path | None = None
    connect: float = 30.0
    read: float = 120.0
    sleep: Callable[[float], None] = time.sleep

    def install_environment(self, url: str) -> dict[str, str]:
        """The variables that send pip and uv to this URL, on the same terms."""
        environment = {"PIP_INDEX_URL": url, "UV_DEFAULT_INDEX": url}
        if self.ca_file is not None:
            environment |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE"), str(self.ca_file))
        parts = urlsplit(url)
        if parts.scheme == "http" and not LOOPBACK.fullmatch(parts.hostname or ""):
            # Somebody allowed that for this index, and pip wants to hear it, too.
            environment["PIP_TRUSTED_HOST"] = parts.netloc.rpartition("@")[2]
        return environment | self._no_proxy(parts.hostname or "")

    def _no_proxy(self, host: str) -> dict[str, str]:
        """What keeps pip and uv from asking a proxy for this machine: it would be told the password, unprotected."""
        if not LOOPBACK.fullmatch(host) or not _named_proxies(self.environ):
            return {}
        spared = self.environ.get("no_proxy") or self.environ.get("NO_PROXY")
        return dict.fromkeys(("no_proxy", "NO_PROXY"), f"{spared},{host}" if spared else host)


class Client:
    """Talks to the servers of one index.

    The credential goes to the origins of `urls` alone, and no more once a redirect has led away from them;
    with `public_reads`, only to what is sent, and not to what is read.
    """

    def __init__(
        self, name: str, urls: Iterable[str], login: Login, transport: Transport, *, public_reads: bool = False
    ) -> None:
        self.name = name
        self.login = login
        self.transport = transport
        self._origins = frozenset(origin(url) for url in urls)
        self._public_reads = public_reads
        self._pools: dict[str, urllib3.PoolManager] = {}

    @property
    def credential(self) -> Credential | None:
        """The credential that was found, if any."""
        return self.login.found

    def get(self, url: str, accept: str = "*/*", *, stay: bool = False) -> Answer:
        """Read a page, past every cache. A transient failure is tried again; the last answer counts.

        With `stay`, a redirect that leads away from the index's own servers is the answer.
        """
        return self._repeated(lambda: self._read(url, accept, None, stay=stay))

    def download(self, url: str, path: Path) -> str:
        """Write what is at `url` to the file `path`; return its SHA-256. Raises `IndexFailed`."""
        digest = hashlib.sha256()

        def once() -> Answer:
            nonlocal digest
            digest = hashlib.sha256()
            with path.open("wb") as file:

                def take(block: bytes) -> None:
                    digest.update(block)
                    file.write(block)

                return self._read(url, "*/*", take)

        filename = urlsplit(url).path.rpartition("/")[2]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            answer = self._repeated(once)
        except OSError as error:
            raise IndexFailed(f"{filename} cannot be written to {path.parent}", why=str(error.strerror)) from error
        if not answer.is_success:
            path.unlink(missing_ok=True)
            raise self.failed(f"{self.name} did not hand out {filename}", answer)
        return digest.hexdigest()

    def send(
        self,
        method: str,
        url: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request, once, following no redirect. An answer of status 0 says that none came."""
        return self._once(method, url, headers or {}, trusted=origin(url) in self._origins, body=body)

    def send_repeatable(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send what does no harm a second time, a deletion say: a transient failure is tried again."""
        return self._repeated(lambda: self.send(method, url, body, headers))

    def pause(self, attempt: int, answer: Answer) -> None:
        """Wait before the next try: longer each time, out of step with others, as long as the server asks."""
        seconds = FIRST_PAUSE * 2**attempt * (1 + random.random())  # noqa: S311 - spreads load, guards nothing
        self.transport.sleep(min(max(seconds, answer.retry_after), LONGEST_PAUSE))

    def failed(self, what: str, answer: Answer, *, next: str = "") -> IndexFailed:  # noqa: A002
        """The error that tells what the server said, without secrets."""
        return IndexFailed(what, why=self.redact(answer.explain()), next=next or self._advice(answer))

    def redact(self, text: str) -> str:
        """The text with every form of the password in it blotted out."""
        for credential in self.login.known:
            if credential.password:
                encoded = _basic(credential).removeprefix("Basic ")
                for secret in (credential.password, quote(credential.password, safe=""), encoded):
                    text = text.replace(secret, "***")
        return text

    @property
    def login_advice(self) -> str:
        """As whom we come, and where a credential can be put."""
        came = f"as {self.credential.username!r}" if self.credential else "without a credential"
        username, password = variable(self.name, "USERNAME"), variable(self.name, "PASSWORD")
        or_these = "".join(f" or {name}" for name in self.login.variables)
        return (
            f"tagboat came {came}. Credentials are taken from {username} and {password} (or _TOKEN){or_these} in the "
            "environment, the keyring, ~/.netrc and ~/.pypirc."
        )

    def _advice(self, answer: Answer) -> str:
        if answer.status in {401, 403}:
            return self.login_advice
        if answer.hopeless:
            return f"Look at the address and at ca-file in [tool.tagboat.index.{self.name}]."
        if answer.is_transient:
            return "Run the same command again when the index answers; what is done already is kept."
        return ""

    def _repeated(self, once: Callable[[], Answer]) -> Answer:
        answer = once()
        if answer.outlived:
            answer = once()
        for attempt in range(ATTEMPTS - 1):
            if not answer.is_transient:
                break
            self.pause(attempt, answer)
            answer = once()
        return answer

    def _read(self, url: str, accept: str, take: Callable[[bytes], object] | None, *, stay: bool = False) -> Answer:
        """One try at reading, redirects followed."""
        headers = {"Accept": accept, "Cache-Control": "no-cache"}
        trusted = origin(url) in self._origins and not self._public_reads
        for _ in range(MOST_REDIRECTS):
            answer = self._once("GET", url, headers, trusted=trusted, take=take)
            if not answer.is_redirect:
                return answer
            try:
                url = urljoin(url, answer.headers.get("location", ""))
                if stay and origin(url) not in self._origins:
                    return answer
                trusted = trusted and origin(url) in self._origins
            except ValueError:
                return Answer(0, "a redirect to an address that is none", hopeless=True)
        return Answer(0, f"more than {MOST_REDIRECTS} redirects", hopeless=True)

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        trusted: bool,
        body: bytes | Iterable[bytes] | None = None,
        take: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """One request and its whole answer; the body of a success goes to `take`."""
        import urllib3

        credential = self.login.current() if trusted else None
        try:
            response = self._pool(urlsplit(url).scheme, urlsplit(url).hostname or "").request(
                method,
                url,
                body=body,
                headers={"User-Agent": f"tagboat/{__version__}", **headers, **_authorization(credential)},
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=self.transport.connect, read=self.transport.read),
            )
            try:
                kept = [] if take and response.status == 200 else [response.read()]
                if take and not kept:
                    for block in response.stream(BLOCK, decode_content=False):
                        take(block)
            finally:
                response.release_conn()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            return Answer(0, self.redact(_reason(error)), hopeless=_is_hopeless(error))
        lower = {name.lower(): value for name, value in response.headers.items()}
        outlived = response.status == 401 and credential is not None and self.login.refused(credential)
        return Answer(response.status, response.reason or "", lower, b"".join(kept), url, outlived=outlived)

    def _pool(self, scheme: str, host: str) -> urllib3.PoolManager:
        """Connections to one kind of server, by way of the proxy that the environment names for it."""
        import urllib3

        proxy = _proxy(scheme, host, self.transport.environ)
        key = f"{scheme} {proxy}"
        if key not in self._pools:
            # Loading the system's certificates takes 30 ms: only for who needs them.
            context = self._ssl_context() if scheme == "https" else None
            if proxy:
                secret = urlsplit(proxy).netloc.rpartition("@")[0]
                headers = urllib3.make_headers(proxy_basic_auth=unquote(secret)) if secret else None
                self._pools[key] = urllib3.ProxyManager(proxy, proxy_headers=headers, ssl_context=context)
            else:
                self._pools[key] = urllib3.PoolManager(ssl_context=context)
        return self._pools[key]

    def _ssl_context(self) -> ssl.SSLContext:
        import ssl

        context = ssl.create_default_context()
        if self.transport.ca_file is not None:
            try:
                context.load_verify_locations(self.transport.ca_file)
            except OSError as error:
                raise IndexFailed(
                    f"the ca-file of {self.name} cannot be used: {self.transport.ca_file}", why=str(error)
                ) from error
        return context


def _authorization(credential: Credential | None) -> dict[str, str]:
    return {"Authorization": _basic(credential)} if credential else {}


def _basic(credential: Credential) -> str:
    pair = f"{credential.username}:{credential.password}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")


def _proxy(scheme: str, host: str, environ: Mapping[str, str]) -> str:
    """The proxy's URL, or "" for a straight line, which it always is to this machine."""
    named = _named_proxies(environ)
    proxy = named.get(f"{scheme}_proxy") or named.get("all_proxy", "")
    spared = [name.strip().lstrip(".") for name in named.get("no_proxy", "").split(",") if name.strip()]
    if (
        not proxy
        or LOOPBACK.fullmatch(host)
        or "*" in spared
        or any(f".{host}".endswith(f".{name}") for name in spared)
    ):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _named_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables about proxies. Lower-case names win, as everywhere."""
    return {name.lower(): value for name, value in sorted(environ.items()) if name.lower().endswith("_proxy") and value}


def _reason(error: BaseException) -> str:
    """The innermost cause in its own words; urllib3 wraps it in the names of its objects."""
    cause = error.__cause__ or error.__context__ or error
    if str(cause).startswith("Invalid header value"):  # it quotes the header, and that may be a token
        return "nothing was sent: a credential with a line break in it fits into no header"
    text = getattr(cause, "strerror", None) or str(cause)
    return f"no answer: {text}"


def _is_hopeless(error: BaseException) -> bool:
    """A certificate that is not trusted or an address that is none: no second try will change it."""
    return isinstance(error, ValueError) or "CERTIFICATE_VERIFY_FAILED" in str(error)
