"""A new user's tests: an order that is undone in reverse when something fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from treadle.testing import NEVER, Fails, Machine, after, by_attempt, faults

SAGA = Machine.load(Path(__file__).parents[2] / "definitions" / "order-saga.asl.json")
ORDER = {"id": 7, "amount": 30}


class Shop:
    """Handlers that remember who was called."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.functions = {name: self.handler(name) for name in ("reserve-stock", "charge-card", "ship-order")}

    def handler(self, name: str) -> Any:
        def handle(event: Any, context: Any) -> Any:
            self.log.append(context.function_name)
            return {"by": name, "order": event["id"]}

        return handle


def test_an_order_that_works() -> None:
    shop = Shop()
    run = SAGA.run(ORDER, functions=shop.functions | {"ship-order": lambda event, context: event})
    run.assert_path("ReserveStock", "ChargeCard", "ShipOrder", "OrderPlaced")
    assert shop.log == ["reserve-stock", "charge-card"]
    assert run.output["payment"] == {"by": "charge-card", "order": 7}


def test_what_was_done_is_undone_in_reverse() -> None:
    mocks = {"ReserveStock": {"r": 1}, "ChargeCard": {"p": 1}, "RefundCard": {}, "ReleaseStock": None}
    run = SAGA.run(ORDER, mocks=mocks | {"ShipOrder": Fails("CarrierDown")})
    run.assert_failed("OrderRejected", "was undone")
    run.assert_path("ReserveStock", "ChargeCard", "ShipOrder", "RefundCard", "ReleaseStock", "RejectOrder")
    assert run.state("RefundCard").input["payment"] == {"p": 1}
    assert run.state("ShipOrder").error == "CarrierDown"


def test_a_card_service_that_is_silent_is_given_up_after_half_a_minute() -> None:
    run = SAGA.run(ORDER, mocks={"ReserveStock": {"r": 1}, "ChargeCard": NEVER, "ReleaseStock": {}})
    assert (run.path[-2:], run.duration) == (["ReleaseStock", "RejectOrder"], 30)
    assert run.state("ReleaseStock").input["problem"]["Error"] == "States.Timeout"


def test_a_throttled_function_is_asked_again() -> None:
    throttled = by_attempt(faults.throttle(), faults.throttle(), {"r": 1})
    run = SAGA.run(ORDER, mocks={"ReserveStock": throttled, "ChargeCard": {}, "ShipOrder": {}})
    assert (run.state("ReserveStock").retries, run.duration) == (2, 2 + 4)


def test_what_is_out_of_stock_is_not_charged() -> None:
    class OutOfStock(Exception):
        pass

    def reserve(event: Any, context: Any) -> Any:
        raise OutOfStock("none left")

    run = SAGA.run(ORDER, functions={"reserve-stock": reserve})
    run.assert_failed("OrderRejected")
    assert "ChargeCard" not in run.path and run.state("ReserveStock").retries == 2


def test_luck_comes_from_the_seed() -> None:
    mocks = {"ReserveStock": Fails("Odd"), "ReleaseStock": {}}
    one, same, other = (SAGA.run(ORDER, mocks=mocks, seed=seed) for seed in (5, 5, 6))
    assert one.events == same.events
    assert one.duration != other.duration, "the second retrier has jitter"


def test_a_crash_of_the_server_changes_nothing() -> None:
    mocks = {"ReserveStock": after(3, {}), "ChargeCard": after(2, {}), "RefundCard": {}, "ReleaseStock": {}}
    crashes = SAGA.explore_crashes(ORDER, mocks=mocks | {"ShipOrder": Fails("CarrierDown")})
    crashes.assert_same(history=True)
