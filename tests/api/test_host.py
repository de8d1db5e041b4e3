"""Whatever the application sends reaches the socket whole, in order, and no later than the loop's next turn."""

from __future__ import annotations

import asyncio

from treadle.api.host import SHORT, Whole

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Socket:
    """What a transport was told."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def whole() -> tuple[Socket, Whole]:
    socket = Socket()
    return socket, Whole(socket, asyncio.get_running_loop())  # type: ignore[arg-type]


async def test_head_and_body_of_a_short_answer_leave_together() -> None:
    socket, transport = whole()
    transport.write(HEAD)
    transport.write(b"ok")
    await asyncio.sleep(0)
    assert socket.written == [HEAD + b"ok"]


async def test_a_long_body_is_not_copied() -> None:
    socket, transport = whole()
    transport.write(HEAD)
    transport.write(b"x" * SHORT)
    assert socket.written == [HEAD, b"x" * SHORT]


async def test_a_head_whose_body_takes_its_time_leaves_at_the_next_turn() -> None:
    socket, transport = whole()
    transport.write(HEAD)
    assert socket.written == []
    await asyncio.sleep(0)
    assert socket.written == [HEAD]
    transport.write(b"ok")
    assert socket.written == [HEAD, b"ok"]


async def test_closing_sends_what_is_held_first() -> None:
    socket, transport = whole()
    transport.write(HEAD)
    transport.close()
    assert (socket.written, socket.closed) == ([HEAD], True)
    await asyncio.sleep(0)
    assert socket.written == [HEAD]


async def test_everything_else_is_the_transports() -> None:
    socket, transport = whole()
    assert not transport.is_closing()
    socket.close()
    assert transport.is_closing()
