"""What follows the `?` of an address: a slip in the name of a parameter must not turn a filter into everything."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError

# Whose callers are made for other systems too, and may append anything.
_AS_IT_COMES = frozenset({"/ticket", "/tickets", "/webhook"})
_AS_IT_COMES_BELOW = "/v1/"


def check_query(request: Request) -> None:
    """Raises RequestValidationError where the query has parameters that the route does not know."""
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    if route.path in _AS_IT_COMES or route.path.startswith(_AS_IT_COMES_BELOW):
        return
    unknown = sorted(set(request.query_params) - _names(route.dependant))
    if unknown:
        told = {"type": "unknown_parameter", "msg": "unknown parameter; remove it, or see /docs for its name"}
        raise RequestValidationError([{**told, "loc": ("query", name)} for name in unknown])


def _names(needs: Dependant) -> set[str]:
    names = {field.alias for field in get_flat_params(Dependant(query_params=needs.query_params))}
    return names.union(*map(_names, needs.dependencies))
