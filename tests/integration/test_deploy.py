"""The files in deploy/: they hold together, and every command in them does what it is there for.

No container engine is needed: the commands are read out of the files and run here, on addresses of the test's own.
"""

import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import yaml
from sqlalchemy.engine import make_url

from scripts.system_packages import find_postgres_bin
from tests import servers
from tests.integration.system import environment
from tests.waiting import SECONDS, until

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
ADMIN_KEY, METRICS_KEY = SERVICES["setup"]["command"]
TICKET = {"subject": "Checkout is down", "body": "No customer can pay since 9:00. Urgent!"}


class Instruction(NamedTuple):
    """One instruction of a Dockerfile, its continued lines joined."""

    name: str
    rest: str


def stages() -> list[list[Instruction]]:
    """The stages of the Dockerfile, each from its FROM on."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[Instruction]] = []
    for line in filter(None, text.splitlines()):
        instruction = Instruction(*line.split(maxsplit=1))
        if instruction.name == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


*_, BUILDER, IMAGE = stages()


def the(stage: list[Instruction], name: str) -> str:
    """What stands behind the last instruction of its name, which is the one that holds."""
    return [rest for found, rest in stage if found == name][-1]


ENV = dict(pair.split("=", 1) for pair in the(IMAGE, "ENV").split())


def copied() -> dict[str, str]:
    """What goes into the image or its builder, and the last part of where it lies there."""
    lines = [shlex.split(rest) for name, rest in (*BUILDER, *IMAGE) if name == "COPY" and "--from" not in rest]
    paths = [[word for word in line if not word.startswith("--")] for line in lines]
    return {source: Path(line[-1]).name or source for line in paths for source in line[:-1]}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the commands run: a folder, and the variables that they see."""

    folder: Path
    variables: dict[str, str]

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=240, check=False
        )

    def output(self, *command: str | Path) -> str:
        done = self.run(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def set_up(self) -> None:
        """Run the one-shot service."""
        (name,) = SERVICES["setup"]["entrypoint"]
        (script,) = (source for source, target in copied().items() if target == name)
        done = self.run(ROOT / script, *map(self.path, SERVICES["setup"]["command"]))
        assert done.returncode == 0, done.stderr
        assert "ss_" not in done.stdout + done.stderr  # a token in a log is one that others read

    def path(self, path: str) -> Path:
        """Where we have what is a container's `path`."""
        return self.folder / path.lstrip("/")

    @contextmanager
    def running(self, name: str, *command: str) -> Iterator[subprocess.Popen]:
        """A process, killed afterwards if it still runs."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def bearer(file: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {file.read_text().strip()}"}


def search_path() -> str:
    """The programs of this environment and of PostgreSQL before all others."""
    folders = [Path(sys.executable).parent, find_postgres_bin(), os.environ["PATH"]]
    return os.pathsep.join(str(folder) for folder in folders if folder)


@pytest.fixture(scope="module")
def site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Set up once, with the environment that the image and compose.yaml give, on a database and in folders of ours."""
    folder = tmp_path_factory.mktemp("site")
    for volume in SERVICES["setup"]["volumes"]:
        (folder / volume.partition(":/")[2]).mkdir(parents=True)
    with servers.postgres_database(postgres_url, "deploy") as url:
        ours = {"DATABASE_URL": url.replace("+psycopg", "", 1), "DATA_DIR": str(folder / "data")}
        tools = {"PATH": search_path(), "PGPORT": str(make_url(url).port)}
        site = Site(folder, environment(**ENV | SERVICES["setup"]["environment"] | ours | tools))
        site.set_up()
        yield site


def test_compose_file_follows_the_specification():
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, DEPLOY / "compose.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_file_holds_together():
    for name, service in SERVICES.items():
        assert service.get("depends_on", {}).keys() <= SERVICES.keys()
        assert service.get("restart") == (None if name == "setup" else "unless-stopped")
        assert ("ports" in service) == (name in {"api", "grafana"})
        for source, *_ in (volume.split(":") for volume in service.get("volumes", [])):
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_file()

    assert SERVICES["api"]["ports"][0].endswith(f":{ENV['LISTEN_PORT']}")
    assert SERVICES["grafana"]["ports"] == ["127.0.0.1:3000:3000"]  # others have no business there
    assert SERVICES["grafana"]["profiles"] == ["observability"]
    for job in yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"][1:]:
        (found,) = job["dns_sd_configs"]
        for name in found["names"]:
            assert SERVICES[name]["environment"]["METRICS_PORT"] == str(found["port"])

    def sees(volume: str) -> set[str]:
        return {name for name, service in SERVICES.items() if f"{volume}:" in str(service.get("volumes"))}

    assert sees("admin-key") == {"setup"}
    assert sees("metrics-key") == {"setup", "prometheus"}
    password = SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert password.startswith("${POSTGRES_PASSWORD:?")  # there is no default
    assert SERVICES["api"]["environment"]["PGPASSWORD"] == password


def test_image_is_built_from_what_is_sent_to_the_builder(tmp_path: Path):
    assert the(IMAGE, "USER") == "10001:10001"
    assert json.loads(the(IMAGE, "ENTRYPOINT")) == ["smart-support"]
    assert json.loads(the(IMAGE, "CMD")) == SERVICES["api"]["command"]
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"]
    sent = {line.removeprefix("!") for line in lines if line[0] == "!"}
    kept = shutil.ignore_patterns(*(Path(line).name for line in lines if line[0] != "!" and line != "*"))
    assert sent == copied().keys()
    for source in sent:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=kept)
        else:
            shutil.copy(ROOT / source, tmp_path / source)
    # The builder's last step, on nothing but that. The step before it is what `make setup` runs as well.
    target = str(tmp_path / "target")
    builder = Site(tmp_path, environment(PATH=search_path(), PIP_TARGET=target, PYTHONPATH=target))
    builder.output(*shlex.split(the(BUILDER, "RUN")))
    installed = builder.output("python", "-c", "import smart_support; print(smart_support.__file__)")
    assert installed.startswith(target)
    builder.output("python", "-m", "smart_support", "config", "check")  # the models are there too


def test_setup_makes_each_key_once(site: Site):
    admin, metrics = site.path(ADMIN_KEY), site.path(METRICS_KEY)
    assert stat.S_IMODE(admin.stat().st_mode) == 0o600
    assert stat.S_IMODE(metrics.stat().st_mode) == 0o644  # Prometheus is another user
    token, taken_along = metrics.read_text(), admin.with_name("taken-along")
    admin.rename(taken_along)
    site.set_up()
    assert not admin.exists()
    assert metrics.read_text() == token
    taken_along.rename(admin)


def test_a_ticket_goes_through(site: Site):
    metrics = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"][0]
    assert metrics["static_configs"] == [{"targets": [f"api:{ENV['LISTEN_PORT']}"]}]
    processes = dict(re.findall(r"^(\w+): (.+)$", (DEPLOY / "Procfile").read_text(), flags=re.MULTILINE))
    for name, command in processes.items():
        assert shlex.split(command) == ["exec", "smart-support", *SERVICES[name]["command"]]

    redis_port, api_port = str(servers.free_port()), str(servers.free_port())
    theirs = {name: value for name, value in SERVICES["api"]["environment"].items() if name not in site.variables}
    ours = {"REDIS_URL": f"redis://127.0.0.1:{redis_port}/0", "LISTEN_HOST": "127.0.0.1", "LISTEN_PORT": api_port}
    assert "REDIS_URL" in theirs
    site = replace(site, variables=site.variables | theirs | ours)

    _, ask_redis, *ping = SERVICES["redis"]["healthcheck"]["test"]
    _, *ask_postgres = SERVICES["postgres"]["healthcheck"]["test"]
    ask_api = json.loads(the(IMAGE, "HEALTHCHECK").partition("CMD ")[2])
    with ExitStack() as stack:
        started = [stack.enter_context(site.running(name, "sh", "-c", line)) for name, line in processes.items()]
        # Redis comes last: all wait for it.
        redis = [*SERVICES["redis"]["command"], "--port", redis_port, "--bind", "127.0.0.1"]
        stack.enter_context(site.running("redis", *redis))
        until(lambda: site.run(ask_redis, "-p", redis_port, *ping).stdout == "PONG\n", "Redis is healthy")
        until(lambda: site.run(*ask_api).returncode == 0, "the API is healthy")
        site.output(*ask_postgres)

        url = f"http://127.0.0.1:{api_port}"
        admin, scraper = (bearer(site.path(path)) for path in (ADMIN_KEY, metrics["authorization"]["credentials_file"]))
        api = stack.enter_context(httpx.Client(base_url=url, headers=admin, timeout=SECONDS, trust_env=False))
        assert sorted(key["scopes"] for key in api.get("/keys").json()) == [["admin"], ["read"]]
        ticket = api.post("/v2/tickets", json=TICKET).raise_for_status().json()["ticket_id"]
        until(lambda: api.get("/v2/tickets/next").is_success, "the ticket is triaged, dispatched and claimed")
        assert api.get(f"/v2/tickets/{ticket}").json()["state"] == "claimed"

        assert httpx.get(f"{url}/metrics", trust_env=False).status_code == 401
        assert api.get("/metrics", headers=scraper).is_success
        assert api.get("/v2/tickets/next", headers=scraper).status_code == 403

        for process in started:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(SECONDS) for process in started] == [0] * len(started)
        assert site.run(*ask_api).returncode != 0
