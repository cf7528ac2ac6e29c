"""The public holidays of a country, from the package `holidays`.

They are data, as the time zones of `zoneinfo` are: fixed by country, subdivision and year, and by the version that the
lock names. The package is imported at the first question, because it is large and most calendars name no country.
"""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=1_024)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The dates of the year that are a public holiday, or the day off in place of one.

    `country` is ISO 3166-1 alpha-2 ("DE"), `subdivision` what ISO 3166-2 has after it ("BY"), or None for what the
    whole country shares. Both must have passed `check_country`.
    """
    from holidays import country_holidays

    return frozenset(country_holidays(country, subdiv=subdivision, years=year, expand=False))


def check_country(country: str, subdivision: str | None) -> None:
    """Raises ValueError, with what to write instead, where the holidays of the country or its part are not known."""
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=False)
    if country not in known:
        raise ValueError(f"country {country!r} is not known; write its two capital letters of ISO 3166, such as DE")
    if subdivision is not None and subdivision not in known[country]:
        parts = ", ".join(known[country])
        said = f"write one of {parts}" if parts else "leave it out"
        raise ValueError(f"subdivision {subdivision!r} of {country} is not known; {said}")
