"""An import that is killed in the middle is repeated, and everything is there once."""

import json
import subprocess
from pathlib import Path

from tests.integration.system import PROGRAM, environment, run, until, up

TICKETS = 6_000


def test_kill_9_in_the_middle_of_an_import_loses_and_doubles_nothing(tmp_path: Path):
    file = tmp_path / "tickets.jsonl"
    file.write_text(
        "".join(json.dumps({"id": f"t{n}", "body": f"Case {n}: refund please"}) + "\n" for n in range(TICKETS))
    )
    with up(tmp_path / "data", MODEL_FALLBACK="1", LAG_LIMIT="1000000") as system:
        note = system.data_dir.glob

        def noted() -> bool:
            return any(json.loads(found.read_text())["done"] >= 1_000 for found in note("import-*.json"))

        command = [PROGRAM, "import", str(file), "--data-dir", str(system.data_dir)]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL)
        try:
            until(noted, "a part is imported")
        finally:
            process.kill()
        assert process.wait() < 0  # it was still at it
        ended = run("import", str(file), "--json", "--data-dir", str(system.data_dir), folder=tmp_path)
        assert ended.returncode == 0, ended.stderr
        told = json.loads(ended.stdout)
        assert told["imported"] + told["known"] == TICKETS
        assert "Going on after" in ended.stderr
        ids = [json.loads(line)["ticket_id"] for line in system.api.get("/v2/export").text.splitlines()]
        assert sorted(ids) == sorted(f"t{n}" for n in range(TICKETS))
        assert not list(note("import-*"))
