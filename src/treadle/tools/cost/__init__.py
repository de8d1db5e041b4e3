"""What a workflow costs on AWS: from its definition and assumptions, or from executions that ran."""

from treadle.tools.cost.assumptions import Assumptions, Misfit, read_assumptions
from treadle.tools.cost.bill import Bill, Plan
from treadle.tools.cost.estimate import Estimate, estimate, to_json
from treadle.tools.cost.prices import REGION, NoPrices, prices, prices_text, read_prices

__all__ = [
    "REGION",
    "Assumptions",
    "Bill",
    "Estimate",
    "Misfit",
    "NoPrices",
    "Plan",
    "estimate",
    "prices",
    "prices_text",
    "read_assumptions",
    "read_prices",
    "to_json",
]
