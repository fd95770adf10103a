"""A server on this machine that sends the bytes it is told to, for faults that no mock makes."""

import socket
import struct
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

# What is called gets the connection, and an event that is set when the test is over.
Send = Callable[[socket.socket, threading.Event], None]
Answer = bytes | Send


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return a whole HTTP answer; ``length`` states another Content-Length than the body's."""
    stated = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {stated}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def unsized(body: bytes, *headers: str) -> bytes:
    """Return an answer without a Content-Length: its end is the connection's."""
    lines = ["HTTP/1.1 200 OK", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def then_reset(start: bytes) -> Send:
    """Return an answer that sends its start and then resets the connection."""

    def send(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(start)
        # A linger time of zero makes close() send a reset instead of an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return send


def then_silence(start: bytes) -> Send:
    """Return an answer that sends its start and then nothing, until the test is over."""

    def send(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(start)
        over.wait(10)

    return send


class RawServer:
    """Gives its answers in order, one a connection, the last for ever; keeps what it was sent."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.requests: list[bytes] = []
        self._over = threading.Event()
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        # Closing alone would not wake a thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            thread = threading.Thread(target=self._answer, args=(connection, answer), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer(self, connection: socket.socket, answer: Answer) -> None:
        with connection:
            connection.settimeout(10)
            self.requests.append(_whole_request(connection))
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                answer(connection, self._over)


def _whole_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower()[:15] == b"content-length:"),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
