"""History events in the form of the API: names, details, payloads as JSON text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from treadle.engine.history import HistoryEvent, encode
from treadle.values import LONG, Payload


def decoded(*events: HistoryEvent) -> list[dict]:
    return json.loads(b"[" + encode(events) + b"]")


def test_an_event_is_named_and_its_payload_is_text() -> None:
    event = HistoryEvent(2, 1, 12.3456, "PassStateEntered", {"name": "A", "input": Payload({"k": "é\u0000"})})
    assert decoded(event) == [
        {
            "timestamp": 12.346,
            "type": "PassStateEntered",
            "id": 2,
            "previousEventId": 1,
            "stateEnteredEventDetails": {"name": "A", "input": '{"k":"é\\u0000"}'},
        }
    ]


def test_events_without_details_have_no_member_for_them() -> None:
    assert set(decoded(HistoryEvent(1, 0, 1.0, "MapStateSucceeded"))[0]) == {
        "timestamp",
        "type",
        "id",
        "previousEventId",
    }


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=5)), min_size=1, max_size=6))
def test_long_payloads_are_encoded_the_same_way_as_short_ones(shapes: list[tuple[bool, str]]) -> None:
    long = Payload({"rows": ['x\\"\u00e9' * (LONG // 3)]})
    assert len(long.text) > LONG
    events = []
    for id, (is_long, text) in enumerate(shapes, 1):
        payload = long.derive({**long.value, "added": text}) if is_long else Payload(text)
        events.append(HistoryEvent(id, 0, 1.0, "ExecutionSucceeded", {"output": payload}))
        events.append(
            HistoryEvent(id, 0, 1.0, "PassStateExited", {"name": text, "output": payload, "outputDetails": {}})
        )
    for event, shown in zip(events, decoded(*events), strict=True):
        (details,) = (value for name, value in shown.items() if name.endswith("Details"))
        assert event.details is not None
        assert details == {k: v.text if isinstance(v, Payload) else v for k, v in event.details.items()}
