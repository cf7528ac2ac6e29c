"""Receivers on loopback, well-behaved and not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Request:
    """What arrived; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A server that keeps what it got; `port` is where it listens on 127.0.0.1."""

    port: int
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Behaviour = Callable[[socket.socket, Receiver], None]


@contextmanager
def receiving(behave: Behaviour) -> Iterator[Receiver]:
    """A server that gives each connection to `behave`, in a thread of its own; it ends with the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    connections: list[socket.socket] = []

    def serve(taken: socket.socket) -> None:
        taken.settimeout(5.0)
        with taken:
            try:
                behave(taken, receiver)
            except OSError:
                return  # the client has had enough

    def accept() -> None:
        while True:
            try:
                taken, _ = listener.accept()
            except OSError:
                return
            connections.append(taken)
            threads.append(threading.Thread(target=serve, args=(taken,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for each in connections:
            with suppress(OSError):  # it may be closed
                each.shutdown(socket.SHUT_RDWR)
        for each in threads:
            each.join()


def answers(*scripted: bytes) -> Behaviour:
    """Answers with these in turn, the last one for ever, over connections that are kept."""

    def behave(taken: socket.socket, receiver: Receiver) -> None:
        while read(taken, receiver):
            taken.sendall(scripted[min(len(receiver.requests), len(scripted)) - 1])

    return behave


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP answer; an underscore in a header's name is a dash."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def read(taken: socket.socket, receiver: Receiver) -> bool:
    """Take one request into the receiver's; False at the end of the connection."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = taken.recv(65_536)
        if not part:
            return False
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += taken.recv(65_536)
    method, target, _ = first.split(" ")
    receiver.requests.append(Request(method, target, headers, body))
    return True
