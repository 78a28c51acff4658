"""A TCP proxy that spoils uploads: it cuts them off, or loses the server's answer to them."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

Fault = Literal["cut", "lose"]


class SpoilingProxy:
    """Forwards everything; the next `times` uploads suffer `fault`."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname or "", parts.port or 80)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.fault: Fault = "cut"
        self.times = 0
        self.posts = 0
        self.threads: list[threading.Thread] = []
        self.sockets: list[socket.socket] = []

    def spoil(self, fault: Fault, times: int = 1) -> None:
        self.fault, self.times, self.posts = fault, times, 0

    def serve(self) -> None:
        with suppress(OSError):  # the listener was closed: the end
            while True:
                client, _ = self.listener.accept()
                thread = threading.Thread(target=self.connection, args=(client,))
                thread.start()
                self.threads.append(thread)

    def connection(self, client: socket.socket) -> None:
        spoiled = threading.Event()
        with client, suppress(OSError), socket.create_connection(self.target) as server:
            self.sockets += [client, server]
            back = threading.Thread(target=self.pump_back, args=(server, client, spoiled))
            back.start()
            sent = 0
            with suppress(OSError):
                while data := client.recv(1 << 16):
                    if data.startswith(b"POST ") and b"multipart/form-data" in data:
                        self.posts += 1
                        if self.posts <= self.times:
                            spoiled.set()
                    sent += len(data)
                    if spoiled.is_set() and self.fault == "cut" and sent > 1000:
                        break
                    server.sendall(data)
            hang_up(server)
            hang_up(client)
            back.join()

    def pump_back(self, server: socket.socket, client: socket.socket, spoiled: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                if spoiled.is_set():
                    break
                client.sendall(data)
        hang_up(client)


def hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def spoiling_proxy(target: str) -> Iterator[SpoilingProxy]:
    proxy = SpoilingProxy(target)
    thread = threading.Thread(target=proxy.serve)
    thread.start()
    try:
        yield proxy
    finally:
        for each in (proxy.listener, *proxy.sockets):
            hang_up(each)
        proxy.listener.close()
        for each in (thread, *proxy.threads):
            each.join(10)
