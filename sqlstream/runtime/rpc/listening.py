"""Sockets to listen on, and the error when there is none to be had."""

from __future__ import annotations

import errno
import socket

from sqlstream.errors import ClusterError


def listening_socket(host: str, port: int, port_option: str) -> socket.socket:
    """Bound to ``host:port`` (0 is any free port) and listening; ClusterError when that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
    except socket.gaierror:
        raise ClusterError(f"Cannot listen on {host}:{port}: the host name is unknown.") from None
    # asyncio sends small writes at once only on sockets that name their protocol; else an answer may wait 40 ms.
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ClusterError(
                f"Cannot listen on {host}:{port}: the port is in use.",
                hint=f"Stop the process that has it, or choose another port with -D {port_option}=PORT.",
            ) from None
        raise ClusterError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    return listener


def available_port(host: str, port: int, port_option: str) -> int:
    """A port a server that binds its own socket may take: ``port`` itself, or a free one for 0. ClusterError when it
    is in use."""
    with listening_socket(host, port, port_option) as probe:
        return int(probe.getsockname()[1])
