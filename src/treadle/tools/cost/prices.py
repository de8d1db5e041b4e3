"""What AWS asks for, by region, and since when we know: `prices.json`, or a file of the same form."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

REGION = "us-east-1"
ARCHITECTURES = ("x86_64", "arm64")


class NoPrices(ValueError):
    """There is no price for what was asked: `str()` says what to do."""


class Free(Struct, frozen=True, forbid_unknown_fields=True):
    """What a month brings for nothing."""

    transitions: float = 0
    function_requests: float = 0
    function_gb_seconds: float = 0


class Rates(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for one. `gb_hour_tiers`: so many GB-hours of a month (None: all beyond) at so much each."""

    transition: float
    request: float
    gb_hour_tiers: tuple[tuple[float | None, float], ...]
    function_request: float
    function_gb_second: dict[str, float]  # by architecture
    free: Free = Free()

    @property
    def gb_second(self) -> float:
        """Of the first tier."""
        return self.gb_hour_tiers[0][1] / 3600

    def gb_seconds(self, amount: float) -> float:
        """A month's price of so many GB-seconds of Express executions."""
        hours, price = amount / 3600, 0.0
        for size, each in self.gb_hour_tiers:
            taken = hours if size is None else min(hours, size)
            price, hours = price + taken * each, hours - taken
        return price


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """`date`: when the rates were read off AWS's page; if they were not `checked` there, of when they are remembered.
    `rates` names one of the table's."""

    name: str
    date: str
    rates: str
    checked: bool = True


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    currency: str
    sources: tuple[str, ...]
    rates: dict[str, Rates]
    regions: dict[str, Region]

    def of(self, region: str) -> Rates:
        """Raises NoPrices."""
        if region not in self.regions:
            known = ", ".join(sorted(self.regions))
            raise NoPrices(
                f"there are no prices for {region}, only for {known}: name another --region, or a table of your own "
                "with --prices (its form is that of `treadle cost --print-prices`)"
            )
        return self.rates[self.regions[region].rates]


@cache
def prices_text() -> str:
    return (Path(__file__).parent / "prices.json").read_text("utf-8")


@cache
def prices() -> Table:
    return read_prices(prices_text(), "prices.json")


def read_prices(text: str | bytes, source: str) -> Table:
    """A table of somebody's own. Raises NoPrices."""
    try:
        table = msgspec.json.decode(text, type=Table)
    except msgspec.MsgspecError as problem:
        raise NoPrices(f"{source} is no price table: {problem}") from None
    for name, each in table.rates.items():
        _check(each, f"{source}: {name!r}")
    for region in table.regions.values():
        rates = table.rates.get(region.rates)
        if rates is None:
            raise NoPrices(f"{source}: there are no rates {region.rates!r}, which {region.name} names")
    return table


def _check(rates: Rates, place: str) -> None:
    """Raises NoPrices for rates that nobody can reckon with."""
    if not rates.gb_hour_tiers or rates.gb_hour_tiers[-1][0] is not None:
        raise NoPrices(f"{place}: the last of gb_hour_tiers has no end: write null")
    if any(size is None or size <= 0 for size, _ in rates.gb_hour_tiers[:-1]):
        raise NoPrices(f"{place}: each of gb_hour_tiers but the last has a size above 0")
    missing = [name for name in ARCHITECTURES if name not in rates.function_gb_second]
    if missing:
        raise NoPrices(f"{place}: function_gb_second lacks {' and '.join(missing)}")
    prices = (rates.transition, rates.request, rates.function_request, *(each for _, each in rates.gb_hour_tiers))
    if any(each < 0 for each in (*prices, *rates.function_gb_second.values())):
        raise NoPrices(f"{place}: a price below 0")
