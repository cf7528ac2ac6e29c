"""Jobs a second that other queues dispatch on this machine: one worker process each, carrying a ticket's key.

Each runs in an environment of its own beside this one, `peers/NAME`: arq needs another redis-py than the product.
"""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 300.0


def arq(redis_url: str, jobs: int) -> float:
    """Jobs a second of one arq worker, from its first job done to its last; the database is empty before."""
    return _measure("arq", redis_url, jobs)


def taskiq(redis_url: str, jobs: int) -> float:
    """Jobs a second of one taskiq worker, from its first job done to its last; the database is empty before."""
    return _measure("taskiq", redis_url, jobs)


def _measure(peer: str, redis_url: str, jobs: int) -> float:
    """Enqueue everything, then let one worker process do it; raises RuntimeError where the peer is absent or fails."""
    python = Path(sys.prefix) / "peers" / peer / "bin" / "python"
    if not python.exists():
        raise RuntimeError(f"{python} is not here: `make bench` installs the peers")

    def run(step: str) -> str:
        command = [str(python), "-m", f"bench.peers.{peer}_worker", step, redis_url, str(jobs)]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False, timeout=_SECONDS)
        if done.returncode:
            raise RuntimeError(f"{peer}, {step}: {done.stderr[-500:]}")
        return done.stdout

    run("enqueue")
    return float(run("work"))
