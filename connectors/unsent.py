"""What the kernel does with bytes that a connection has not delivered when it is closed."""

from __future__ import annotations

import socket
import struct
from typing import Final

_NO_LINGER: Final = struct.pack("ii", 1, 0)


def forget_unsent(sock: socket.socket) -> None:
    """At its close the kernel forgets what is unsent and resets the connection, not trying on. Raises OSError."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
