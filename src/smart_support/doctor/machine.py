"""The machine: the folder of the data, its disk and that of a database elsewhere, the ports, open files."""

import errno
import os
import socket
import ssl
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
from sqlalchemy.engine import make_url

from smart_support.adapters.exposition import free_bytes
from smart_support.adapters.senders.guard import literal
from smart_support.adapters.sql.database import StoreMisconfigured, sqlite_file
from smart_support.data_dir import unreached_folders
from smart_support.doctor.finding import Finding, ok, warning, wrong
from smart_support.doctor.folders import nearest, unwritable
from smart_support.settings import Settings
from smart_support.tls import trusting

_LITTLE, _TOO_LITTLE = 1 << 30, 100 << 20
_FEW_FILES = 1_024
_SECONDS = 5.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
"""Hosts that stand for every address, and how they are reached from here."""
_BUILT = 1_767_225_600.0  # 2026-01-01: no clock is right that shows less


def check_machine(settings: Settings) -> Iterator[Finding]:
    """One finding for each; for the disk a second one where the database lies in another folder."""
    yield _data_dir(settings.data_dir)
    yield _replaced(settings.data_dir)
    yield from _disks(settings)
    yield _port(settings)
    yield _metrics_port(settings)
    yield _files()
    yield _clock()


def _data_dir(folder: Path) -> Finding:
    check, other = "data directory", "name another with DATA_DIR or --data-dir"
    if why := unwritable(folder):
        return wrong(check, why, f"{other}, or make that a folder that this user may write to")
    if nearest(folder) != folder:
        return ok(check, f"{folder} is made at the first start")
    try:
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    except OSError as error:
        return wrong(check, f"{folder} cannot be synced to disk: {error.strerror}", f"use a local disk: {other}")
    if sys.platform != "win32" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return warning(check, f"{folder} is open to other users, and holds tickets", f"chmod 700 {folder}")
    return ok(check, str(folder))


def _replaced(folder: Path) -> Finding:
    check, found = "replaced data", unreached_folders(folder)
    if found:
        names = " and ".join(map(str, found))
        do = "remove it as soon as it is needed no more"
        return warning(check, f"{names}: a restore left it there, and no erasure reaches it", do)
    return ok(check, "none: no restore left anything there")


def _disks(settings: Settings) -> Iterator[Finding]:
    yield _disk("disk", settings.data_dir)
    if settings.embedded:
        with suppress(StoreMisconfigured):  # of which the check of the database tells
            folder = sqlite_file(make_url(settings.database)).absolute().parent
            if folder != settings.data_dir.absolute():
                yield _disk("disk of the database", folder)


def _disk(check: str, folder: Path) -> Finding:
    free = free_bytes(folder)
    if free is None:
        return wrong(check, f"nobody can say how much room is left for {folder}", "see that its disk is mounted")
    says = f"{free / (1 << 30):.1f} GiB free"
    if free < _TOO_LITTLE:
        return wrong(check, says, "make room: a full disk refuses every ticket")
    return warning(check, says, "make room soon") if free < _LITTLE else ok(check, says)


def _port(settings: Settings) -> Finding:
    host, port = settings.listen_host, settings.listen_port
    tls = settings.tls_cert is not None

    def is_ours() -> bool:
        # Nothing is told to whoever it is, so that any certificate will do: the file may hold another by now.
        shown = ssl.get_server_certificate((_local(host).strip("[]"), port), timeout=_SECONDS) if tls else None
        url = f"{'https' if tls else 'http'}://{_local(host)}:{port}/openapi.json"
        answer = httpx.get(url, timeout=_SECONDS, trust_env=False, verify=trusting(shown))
        return bool(answer.json()["info"]["title"] == "Smart-Support")

    return _listener("port", host, port, is_ours, "LISTEN_HOST or LISTEN_PORT")


def _metrics_port(settings: Settings) -> Finding:
    check, host, port = "metrics port", settings.metrics_host, settings.metrics_port
    if port is None:
        return ok(check, "none: the API alone shows metrics")
    if port and port == settings.listen_port and _clash(host, settings.listen_host):
        says = f"{host}:{port} is where the API listens, so that no process with an API starts"
        return wrong(check, says, "set METRICS_PORT to another")

    def is_ours() -> bool:
        shown = httpx.get(f"http://{_local(host)}:{port}/metrics", timeout=_SECONDS, trust_env=False)
        return "smart_support_build_info{" in shown.text

    return _listener(check, host, port, is_ours, "METRICS_HOST or METRICS_PORT")


def _clash(metrics: str, api: str) -> bool:
    """Whether the two hosts have an address in common. At `::` metrics are shown by IPv4 too; the API is not."""
    metrics, api = (literal(host) or host for host in (metrics, api))
    alike = (":" in metrics) == (":" in api)
    return metrics in {api, "::"} or (alike and not {metrics, api}.isdisjoint(_EVERYWHERE))


def _listener(check: str, host: str, port: int, is_ours: Callable[[], bool], names: str) -> Finding:
    """Whether a process may listen there, or one does already that `is_ours`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE and _says_so(is_ours):
            return ok(check, f"Smart-Support answers on {host}:{port}")
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)
        do = {
            errno.EADDRINUSE: f"end what listens there, or set {names}",
            errno.EACCES: f"let this user listen there, or set {names}: ports from 1024 on are everybody's",
        }.get(error.errno or 0, f"set {names.split(maxsplit=1)[0]} to an address of this machine")
        return wrong(check, f"{host}:{port}: {reason}", do)
    return ok(check, f"{host}:{port} is free")


def _says_so(is_ours: Callable[[], bool]) -> bool:
    try:
        return is_ours()
    except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError):
        return False


def _local(host: str) -> str:
    """How it is reached from here, as an address has it."""
    local = _EVERYWHERE.get(host, host)
    return f"[{local}]" if ":" in local else local


def _files() -> Finding:
    if sys.platform == "win32":
        return ok("open files", "no limit is known here")
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    says = f"a process may have {soft} open"
    if 0 <= soft < _FEW_FILES:
        return warning("open files", says, f"raise it to {_FEW_FILES} or more (ulimit -n, LimitNOFILE)")
    return ok("open files", says)


def _clock() -> Finding:
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < _BUILT:
        return wrong("clock", f"it says {shown}", "set it, by NTP: windows and promises go by it")
    return ok("clock", shown)
