"""The worker of the example workflow.

It answers {"statusCode": 200, "event": ...}. An event may ask for trouble, to see how the workflow deals with it:
{"failures": 2} answers 500 twice before it succeeds; {"raise": "text"} raises an exception.
"""

import logging
import os

logger = logging.getLogger()
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))


class OrderError(Exception):
    """The order cannot be processed, however often it is tried."""


def lambda_handler(event, context):
    logger.info("received %s", event)
    if "raise" in event:
        raise OrderError(event["raise"])
    failures = event.get("failures", 0)
    if failures > 0:
        logger.warning("not ready yet, %d more to go", failures)
        return {"statusCode": 500, "event": {**event, "failures": failures - 1}}
    return {"statusCode": 200, "event": event}
