"""From a clone to the first routed ticket: the README's own commands, by somebody who has nothing of ours yet."""

import json
import os
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.docs.blocks import ROOT, Block, blocks
from tests.docs.session import Here, Session
from tests.figures import leave
from tests.integration.system import environment
from tests.servers import free_port
from tests.waiting import until

# What a virtual environment, the `make` that runs the tests, or another's folders would lend him.
_OURS = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "ARGS"}
_SECONDS = 900.0  # most of it downloads


def _environment(home: Path, port: int) -> dict[str, str]:
    """An empty HOME and no virtual environment; where the machine gets its packages from stays as it is."""
    before = environment(HOME=str(home), LISTEN_PORT=str(port), STATE=str(home.parent / "state"))
    found = {name: value for name, value in before.items() if name not in _OURS and not name.startswith("XDG_")}
    for name, file in {"PIP_CONFIG_FILE": ".config/pip/pip.conf", "NPM_CONFIG_USERCONFIG": ".npmrc"}.items():
        if name not in found and (Path.home() / file).exists():
            found[name] = str(Path.home() / file)
    if sys.prefix != sys.base_prefix:
        places = found["PATH"].split(os.pathsep)
        found["PATH"] = os.pathsep.join(place for place in places if Path(place) != Path(sys.prefix, "bin"))
    found["NO_PROXY"] = ",".join(filter(None, [found.get("NO_PROXY"), "127.0.0.1"]))
    return found


def _ready(api: httpx.Client) -> bool:
    try:
        return api.get("/readyz").is_success
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_a_clone_becomes_a_running_system_that_routes_a_ticket():
    """HEAD, that is: what is not committed is not cloned. It installs everything anew, from where pip and npm look."""
    make_run, curl = [block for block in blocks("README.md") if block.is_run]
    here = Here(f"http://127.0.0.1:{free_port()}", free_port())
    with TemporaryDirectory(prefix="ss-clone-") as folder, httpx.Client(base_url=here.url, trust_env=False) as api:
        home = Path(folder, "home")
        home.mkdir()
        reader = Session(Path(folder), here, _environment(home, api.base_url.port))
        start = time.monotonic()
        try:
            reader.run(Block("README.md", 0, "sh", f"git clone --quiet {shlex.quote(str(ROOT))} clone\ncd clone\n"))
            reader.run(replace(make_run, marks={"background": ""}))
            until(lambda: reader.ended or _ready(api), f"{make_run.place} is up", _SECONDS)
            assert not reader.ended, Path(folder, f"line_{make_run.line}.log").read_text()
            ready = time.monotonic() - start
            reader.run(curl)
            ticket = json.loads(reader.output)["ticket_id"]
            until(lambda: api.get(f"/v2/tickets/{ticket}").json()["state"] == "waiting", "the ticket is routed")
            routed = time.monotonic() - start
        finally:
            reader.end()
            until(lambda: not list(home.rglob("server.json")), "the system has ended, and taken its note away")
    leave("clone", seconds_until_ready=round(ready, 1), seconds_until_routed=round(routed, 1))
