"""Numbers of things in sentences for people."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 ticket`, `2 tickets`; `many` is the plural that no s makes."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
