"""The API alone on SQLite: `python -m bench.api_alone api --port PORT`, with DATA_DIR in the environment.

`smart-support api` is for PostgreSQL, where others triage what it accepts; this is the same process on a file.
"""

import sys
from contextlib import ExitStack

from smart_support import bootstrap
from smart_support.cli import connection, logs, serve
from smart_support.settings import load


def main(port: int) -> None:
    """Serve until a signal comes."""
    settings = load(listen_port=port)
    logs.configure("warning", as_json=False)
    with ExitStack() as stack:
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings))
        app = stack.enter_context(bootstrap.open_app(pipeline, settings, open_loopback=True))
        stack.enter_context(bootstrap.running(pipeline, bootstrap.API))
        sock = connection.listen("127.0.0.1", port)
        serve.tune_interpreter()
        connection.server(app).run(sockets=[sock])


if __name__ == "__main__":
    main(int(sys.argv[3]))
