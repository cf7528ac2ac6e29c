"""A real IMAP server for the tests (pymap), and the mailbox that it serves."""

import contextlib
import mailbox
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pysasl.hashing import BuiltinHash

from tests.servers import Server

USER, PASSWORD = "support", "pa#ss/w:rd%"


class Mailbox:
    """An account on a server that can be ended and started again: its mails lie on disk."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self._folder = folder

    @property
    def url(self) -> str:
        return f"imap://{USER}:pa%23ss%2Fw%3Ard%25@127.0.0.1:{self.server.port}/INBOX"

    def deliver(self, *messages: bytes, read: bool = False) -> None:
        """Put mails into the folder, as a mail server does."""
        box = mailbox.Maildir(self._folder)
        for message in messages:
            mail = mailbox.MaildirMessage(message)
            if read:
                mail.set_subdir("cur")
                mail.set_flags("S")
            box.add(mail)

    def flags(self) -> list[str]:
        """The flags of each mail that lies there."""
        return [mail.get_flags() for mail in mailbox.Maildir(self._folder)]

    def renumber(self) -> None:
        """Forget all UIDs, as a server does that was restored; it must not run."""
        (self._folder / "dovecot-uidlist").unlink()


@contextlib.contextmanager
def imap_mailbox() -> Iterator[Mailbox]:
    """Run an IMAP server with one empty mailbox."""
    with tempfile.TemporaryDirectory(prefix="ss-imap-") as name:
        base = Path(name)
        (base / "pymap-etc-passwd").write_text(f"{USER}:x:1000:1000::box:\n")
        (base / "pymap-etc-shadow").write_text(f"{USER}:{BuiltinHash(rounds=1).hash(PASSWORD)}:::::::\n")
        mailbox.Maildir(base / "box")

        def command(port: int) -> list[str | Path]:
            program = Path(sys.executable).with_name("pymap")
            return [program, "--host", "127.0.0.1", "--port", str(port), "--no-tls", "maildir", base]

        server = Server("pymap", command, _answers, base / "server.log", None, signal.SIGTERM)
        try:
            server.start()
            yield Mailbox(server, base / "box")
        finally:
            server.end()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False
