"""`treadle cost`: what a workflow costs on AWS, from its definition or from executions that ran."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.cli.client import Complaint
from treadle.cli.definitions import invalid, read_definition, read_value, variables
from treadle.cli.executions import add_places, load
from treadle.cli.show import paint

if TYPE_CHECKING:
    from treadle.tools.cost import Bill, Estimate
    from treadle.tools.cost.estimate import Part
    from treadle.tools.cost.prices import Table

_SHOWN = 25  # states
_BAR = 12


def add_cost(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", nargs="?", metavar="FILE", help="the workflow, JSON or YAML, - for standard input")
    verb.add_argument(
        "--execution",
        action="append",
        metavar="EXECUTION",
        help="measure this execution: its ARN, or a file of an exported history; again for more of them",
    )
    verb.add_argument(
        "--assume", metavar="FILE", help="what you know of branches, loops, items, durations (YAML, JSON)"
    )
    verb.add_argument("--template", action="store_true", help="print all that is assumed as a file to edit, and stop")
    verb.add_argument("--region", help="region of the prices (default us-east-1)")
    verb.add_argument("--runs", type=float, default=100_000, metavar="N", help="executions a month (default 100000)")
    verb.add_argument("--free-tier", action="store_true", help="take off what AWS gives every month for nothing")
    verb.add_argument("--prices", type=Path, metavar="FILE", help="a price table of your own")
    verb.add_argument("--print-prices", action="store_true", help="print the price table, and stop")
    verb.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="fill a ${NAME} placeholder")
    verb.add_argument("--json", action="store_true", help="as JSON")
    add_places(verb)
    verb.set_defaults(act=cost)


def cost(options: argparse.Namespace) -> int:
    from treadle.tools.cost import prices_text, to_json

    if options.print_prices:
        print(prices_text(), end="")
        return 0
    if options.file is None and not options.execution:
        raise Complaint("name a definition, or executions with --execution")
    if not 0 < options.runs < float("inf"):
        raise Complaint("--runs must be a number above 0")
    made = _estimate(options)
    if options.template:
        if made.usage.runs:
            raise Complaint("--template is about a definition: what was measured need not be assumed")
        from treadle.tools.source.yamltext import dump_yaml

        print(dump_yaml(made.assumed), end="")
    elif options.json:
        print(json.dumps(to_json(made), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_page(made, options.file or made_of(options))))
    return 0


def made_of(options: argparse.Namespace) -> str:
    given = options.execution
    return given[0].rpartition(":")[2] if len(given) == 1 else f"{len(given)} executions"


def _estimate(options: argparse.Namespace) -> Estimate:
    from treadle.asl.findings import DefinitionError
    from treadle.tools.cost import REGION, Misfit, NoPrices, Plan, estimate, read_assumptions

    text = None if options.file is None else read_definition(options.file, variables(options.var))
    runs = [load(each, options) for each in options.execution or ()]
    region = options.region or next((run.arn.split(":")[3] for run in runs if run.arn.count(":") > 3), REGION)
    try:
        assumed = read_assumptions(
            read_value(options.assume) if options.assume else {}, options.assume or "assumptions"
        )
        plan = Plan(options.runs, options.free_tier)
        return estimate(text, runs, assumed, _table(options), region, plan)
    except (Misfit, NoPrices) as problem:
        raise Complaint(str(problem)) from None
    except DefinitionError as problem:
        raise invalid(options.file or "the definition", problem) from None


def _table(options: argparse.Namespace) -> Table:
    from treadle.tools.cost import prices, read_prices

    if options.prices is None:
        return prices()
    try:
        return read_prices(options.prices.read_bytes(), str(options.prices))
    except OSError as problem:
        raise Complaint(f"{options.prices} cannot be read: {problem.strerror}") from None


def _page(made: Estimate, title: str) -> Iterator[str]:
    usage = made.usage
    basis = f"measured in {usage.runs} executions" if usage.runs > 1 else "measured in one execution"
    if not usage.runs:
        basis = "reckoned from the definition; --template prints what was assumed"
    yield ""
    yield f"  {paint(title, '1')}  {paint(basis, '2')}"
    free = ", free tier taken off" if made.plan.free else ""
    yield paint(f"  {made.region}, prices of {made.date}, in US dollars; {made.plan.runs:,.0f} runs a month{free}", "2")
    yield ""
    yield paint(f"  {'':<10}{'a run':>14}{'a million':>14}{'a month':>14}   of which Lambda", "2")
    for each in made.bills:
        yield from _way(each, each is made.best)
    yield from _advice(made)
    yield ""
    yield from _states(made.parts)
    if made.notes:
        yield ""
        yield from (paint(f"  · {note}", "2") for note in made.notes)


def _way(bill: Bill, best: bool) -> Iterator[str]:
    if bill.why is not None:
        yield f"  {bill.way:<10}{'-':>14}   {paint(bill.why, '2')}"
        return
    name = f"{bill.way:<10}"
    share = f"{100 * bill.functions / bill.run:.0f} %" if bill.run else ""
    yield (
        f"  {paint(name, '1;32') if best else name}{money(bill.run):>14}{money(bill.million):>14}"
        f"{money(bill.month):>14}   {share:>5}   {paint(_counted(bill), '2')}"
    )


def _counted(bill: Bill) -> str:
    amounts = bill.amounts
    words = [
        (amounts.transitions, "transition"),
        (amounts.requests, "request"),
    ]
    said = [f"{count(number)} {word}{'s' * (count(number) != '1')}" for number, word in words if number > 1e-9]
    if amounts.gb_seconds:
        said.append(f"{count(amounts.gb_seconds)} GB-s")
    return ", ".join(said)


def _advice(made: Estimate) -> Iterator[str]:
    standard, best = made.bills[0], made.best
    saved = standard.month - best.month
    if best.way != "STANDARD" and saved > 0.005 * standard.month:
        yield ""
        part = f"{100 * saved / standard.month:.0f} %"
        yield paint(f"  {best.way} costs {money(saved)} a month less than STANDARD ({part})", "32")
    mixed = next((bill for bill in made.bills if bill.groups), None)
    if mixed is not None:
        yield ""
        yield "  MIXED: these states as Express children that the workflow starts and waits for (startSyncExecution)"
        for group in mixed.groups[:8]:
            names = ", ".join(group.states[:4]) + (
                f" and {len(group.states) - 4} more" if len(group.states) > 4 else ""
            )
            yield f"    {names}  {paint(f'{count(group.entries)} x {count(group.seconds)} s, {group.memory} MB', '2')}"


def _states(parts: tuple[Part, ...]) -> Iterator[str]:
    """The dearest states first, where there are many; otherwise in their order."""
    total = sum(part.workflow + part.function for part in parts) or 1.0
    shown = list(parts)
    if len(shown) > _SHOWN:
        shown = sorted(shown, key=lambda part: -part.workflow - part.function)[:_SHOWN]
    width = max([24, *(len(_name(part)) for part in shown)])
    yield paint(f"  {'as STANDARD':<{width}}  {'':<8}{'entered':>9}{'retries':>9}{'each':>9}{'$ a million':>14}", "2")
    for part in shown:
        price = part.workflow + part.function
        bar = "█" * round(_BAR * price / total)
        retries = count(part.state.retries) if part.state.retries else ""
        yield (
            f"  {_name(part):<{width}}  {paint(f'{part.state.type:<8}', '2')}{count(part.state.entered):>9}{retries:>9}"
            f"{span(part.state.seconds):>9}{money(price * 1e6):>14}  {paint(bar, '36')}".rstrip()
        )
    if len(parts) > len(shown):
        yield paint(f"  … {len(parts) - len(shown)} more states, all cheaper", "2")


def _name(part: Part) -> str:
    return part.state.name if part.within is None else f"  {part.state.name} (child of {part.within})"


def money(value: float) -> str:
    """Dollars with as many digits as say something."""
    if value >= 0.01 or value <= 0:
        return f"{value:,.2f}"
    digits = 2
    while digits < 9 and round(value, digits) * 10**digits < 100:
        digits += 1
    return f"{value:.{digits}f}"


def count(value: float) -> str:
    """A number of three figures or more."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def span(seconds: float) -> str:
    if not seconds:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
