"""Rates a batch of meter readings. A row that cannot be rated is an answer, not a failure: it must not fail its batch."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENTS_PER_KWH = {"day": Decimal("31.5"), "night": Decimal("22.8")}


def lambda_handler(event, context):
    return [rated(row) for row in event["rows"]]


def rated(row):
    try:
        kwh, price = Decimal(row["kwh"]), CENTS_PER_KWH[row["tariff"]]
    except InvalidOperation:
        return {**row, "problem": f"{row['kwh']!r} is no number"}
    except KeyError as missing:
        return {**row, "problem": f"there is no tariff {missing}"}
    if kwh < 0:
        return {**row, "problem": "a meter does not run backwards"}
    return {**row, "cents": int((kwh * price).quantize(Decimal(1), ROUND_HALF_UP))}
