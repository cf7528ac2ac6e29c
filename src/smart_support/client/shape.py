"""Makes methods of the clients from functions that describe calls, so that neither client repeats their arguments."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_args

Method = TypeVar("Method", bound=Callable[..., Any])


def shaped(method: Method, build: Callable[..., Any], owner: str) -> Method:
    """The method with the name, words and arguments of what it sends, as `help` shows them."""
    signature = inspect.signature(build)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    method.__name__, method.__qualname__ = build.__name__, f"{owner}.{build.__name__}"
    method.__module__, method.__doc__ = "smart_support.client", build.__doc__
    method.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[own, *signature.parameters.values()], return_annotation=get_args(signature.return_annotation)[-1]
    )
    return method
