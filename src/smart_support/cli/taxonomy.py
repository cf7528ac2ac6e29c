"""A taxonomy file that is given to a command."""

from pathlib import Path

import typer

from smart_support.domain.taxonomy import Taxonomy, TaxonomyError
from smart_support.triage.taxonomy import TaxonomyModel
from smart_support.triage.taxonomy_file import load

TaxonomyOption = typer.Option(None, "--taxonomy", help="A taxonomy file, TOML or JSON; default: the shipped one.")


def usable(file: Path, model: TaxonomyModel) -> Taxonomy:
    """The taxonomy in a file, for this model; raises TaxonomyError, which names the file, where it is unsound or names
    categories without examples that the model does not know."""
    taxonomy = load(file)
    try:
        model.check(taxonomy)
    except TaxonomyError as error:
        raise TaxonomyError(f"{file}: {error}") from error
    return taxonomy
