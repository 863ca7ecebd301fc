# SPDX-License-Identifier: GPL-2.0-or-later
"""A small HTTP client for the API's sockets: whole requests, and single bytes where that is tested."""

import contextlib
import http.client
import json
import socket
import time

SOCKET = "/run/taskmeter/api.sock"
TIMEOUT = 60


def connect(timeout=TIMEOUT):
    """A connection to the API's Unix socket."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        sock.connect(SOCKET)
    except OSError:
        sock.close()
        raise
    return sock


class Reply:
    """An HTTP reply, read to its end."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.type = (self.headers.get("Content-Type") or "").split(";")[0]

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.text, object_pairs_hook=unique_keys)


def unique_keys(pairs):
    """An object of JSON; a key that stands in it twice is an error."""
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key twice in {keys}")
    return dict(pairs)


def read_reply(sock, method="GET"):
    """The next reply on a socket. http.client reads ahead: no pipelining after this."""
    response = http.client.HTTPResponse(sock, method=method)
    response.begin()
    return Reply(response)


def request_bytes(path, method="GET", headers=None, host="localhost"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def request(path, method="GET", headers=None, host="localhost"):
    """One request over the Unix socket."""
    with contextlib.closing(connect()) as sock:
        sock.sendall(request_bytes(path, method, {"Connection": "close", **(headers or {})}, host))
        return read_reply(sock, method)


def get(path, headers=None):
    return request(path, headers=headers)


class Stream:
    """Replies one after the other from a connection with several requests under way."""

    def __init__(self, sock):
        self.file = sock.makefile("rb")

    def reply(self, method="GET"):
        return read_reply(_SharedFile(self.file), method)


class _SharedFile:
    """Gives http.client the same buffered file for each reply, so that it loses nothing."""

    def __init__(self, file):
        self.file = file

    def makefile(self, _mode):
        return _Unclosed(self.file)


class _Unclosed:
    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def close(self):
        pass


def is_closed(sock, timeout):
    """Wait for the other side to close; what it sends before is thrown away."""
    sock.settimeout(timeout)
    try:
        while sock.recv(65536):
            pass
    except (ConnectionResetError, BrokenPipeError):
        return True
    except socket.timeout:
        return False
    return True


def processes(query=""):
    """All rows of /v1/processes, page by page."""
    rows, cursor = [], None
    while True:
        parts = [part for part in (query, f"cursor={cursor}" if cursor else "") if part]
        reply = get("/v1/processes?" + "&".join(parts))
        if reply.status != 200:
            raise AssertionError(f"{reply.status}: {reply.text}")
        page = reply.json()
        rows += page["processes"]
        cursor = page.get("next_cursor")
        if not cursor:
            return rows


def wait_process(pid, patience=90):
    """A process's row, once the daemon has sampled it with the name that it has now."""
    with open(f"/proc/{pid}/comm", "rb") as file:
        name = file.read()[:-1].decode("utf-8", "replace")
    end = time.monotonic() + patience
    while True:
        reply = get(f"/v1/processes/{pid}")
        if reply.status == 200 and reply.json()["comm"] == name:
            return reply.json()
        if time.monotonic() > end:
            raise AssertionError(f"process {pid} is not there: {reply.text}")
        time.sleep(0.2)


def module_info(info):
    """What /v1/info tells of the module."""
    return info["module"]
