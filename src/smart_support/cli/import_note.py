"""How far an import has come: a small file in the data directory, so that one that broke off goes on where it was.

It is written after each answer, and need not reach the disk: an import that knows too little of itself sends more than
it must, which is harmless as every ticket has its id. One that would know too much cannot: it sends the last batch it
notes once more, and where the system had not all of that, as it was set back or is another one, it starts over. Batches
are taken in one after the other, so whoever has the last has them all.
"""

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from smart_support.data_dir import IMPORT_NOTE


@dataclass(slots=True)
class Progress:
    """`done` records are taken in, the last batch of them from record `last` on; and what became of them."""

    last: int = 0
    done: int = 0
    imported: int = 0
    known: int = 0
    conflicts: list[str] = field(default_factory=list)

    def add(self, number: int, imported: int, known: int, conflicts: list[str]) -> None:
        """Count a batch that was answered."""
        self.last, self.done = self.done, self.done + number
        self.imported += imported
        self.known += known
        self.conflicts += conflicts


@dataclass(frozen=True, slots=True)
class Note:
    """The file for one import: of these records, into this database, in this way."""

    path: Path

    @classmethod
    def of(cls, data_dir: Path, *what: str) -> "Note":
        return cls(data_dir / IMPORT_NOTE.format(sha256(json.dumps(what).encode()).hexdigest()[:16]))

    def read(self) -> Progress | None:
        """What it says, or None where there is none that can be read."""
        try:
            return Progress(**json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, progress: Progress) -> None:
        """Say so from now on."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps(asdict(progress)), encoding="utf-8")
        draft.replace(self.path)

    def remove(self) -> None:
        """The import is done."""
        self.path.unlink(missing_ok=True)
