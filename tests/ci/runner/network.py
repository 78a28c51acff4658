"""A network of a few hosts: what a job says to https://HOST reaches a server on 127.0.0.1, and nothing else answers.

It is a proxy that ends TLS by a certificate of its own authority. Programs find both by the usual variables, so that
workflows, configurations and tools keep the names that they have in reality.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trustme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 16
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO")
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
LOOPBACK = "127.0.0.1,localhost"


@dataclass
class Network:
    """Hosts by name, each with the URL of the server that speaks for it; `refused` is who else was asked for."""

    listener: socket.socket
    folder: Path
    hosts: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    authority: trustme.CA = field(default_factory=trustme.CA)
    contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def bundle(self) -> Path:
        return self.folder / "authority.pem"

    def environ(self) -> dict[str, str]:
        """The variables by which programs find this network, and no other."""
        port = self.listener.getsockname()[1]
        proxies = dict.fromkeys(PROXIES, f"http://127.0.0.1:{port}")
        spared = dict.fromkeys(("NO_PROXY", "no_proxy"), LOOPBACK)
        return {**proxies, **spared, **dict.fromkeys(CERTIFICATES, str(self.bundle))}

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._connection, args=(client,), daemon=True).start()

    def _connection(self, client: socket.socket) -> None:
        with client, suppress(OSError, ssl.SSLError):
            method, target = _request(client)
            host = target.rpartition(":")[0]
            if method != "CONNECT" or host not in self.hosts:
                self.refused.append(f"{method} {target}")
                client.sendall(b"HTTP/1.1 403 no such host in this network\r\nContent-Length: 0\r\n\r\n")
                return
            client.sendall(b"HTTP/1.1 200 here you are\r\n\r\n")
            server = urlsplit(self.hosts[host])
            address = (server.hostname or "", server.port or 80)
            secured = self._context(host).wrap_socket(client, server_side=True)
            with secured as secure, socket.create_connection(address) as behind:
                _join(secure, behind)

    def _context(self, host: str) -> ssl.SSLContext:
        with self.lock:
            if host not in self.contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self.authority.issue_cert(host).configure_cert(context)
                self.contexts[host] = context
            return self.contexts[host]


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """A network without hosts; whoever uses it adds them to `hosts`."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Network(listener, folder)
        made.authority.cert_pem.write_to_path(os.fspath(made.bundle))
        thread = threading.Thread(target=made.serve)
        thread.start()
        try:
            yield made
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _request(client: socket.socket) -> tuple[str, str]:
    """The verb and the target of the request for a tunnel; its head is read to the end."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < BLOCK:
        data = client.recv(1)  # not a byte of what comes after the head
        if not data:
            break
        head += data
    method, target, *_ = (*head.decode("latin-1").split(" ", 2), "", "")
    return method, target


def _join(secure: ssl.SSLSocket, behind: socket.socket) -> None:
    """Carry bytes both ways until either side hangs up: in one thread, for OpenSSL wants that."""
    while True:
        ready = [secure] if secure.pending() else select.select([secure, behind], [], [])[0]
        for each in ready:
            data = each.recv(BLOCK)
            if not data:
                return
            (behind if each is secure else secure).sendall(data)
