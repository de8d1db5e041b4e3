"""What moto needs to be a good cloud behind treadle: small patches, each with its reason. Cloud process only.

A patch that finds its place gone (a newer moto) raises AttributeError or ImportError; `apply_patches` logs that once
and goes on, because a newer moto may have closed the gap itself.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from treadle.aws import DEFAULT_ACCOUNT
from treadle.cloud.alarms import patch_alarms
from treadle.cloud.gaps import GAPS
from treadle.cloud.gaps_answers import ANSWER_GAPS
from treadle.cloud.gaps_jobs import JOB_GAPS
from treadle.cloud.gaps_messages import MESSAGE_GAPS
from treadle.cloud.gaps_terraform import TERRAFORM_GAPS
from treadle.cloud.lazily import Waiting
from treadle.cloud.log_filters import patch_metric_filters
from treadle.cloud.metrics import patch_metrics
from treadle.cloud.restapi import keep_deployments
from treadle.cloud.rules import patch_rules, patch_schedules
from treadle.cloud.stacks import STACKS
from treadle.cloud.streams import patch_streams
from treadle.cloud.tape import TAPE, install_keys

log = logging.getLogger("treadle.cloud")


def apply_patches() -> None:
    """Apply every patch of moto: at once, or when moto's module of the service is imported."""
    patches = (*PATCHES, *GAPS, *TERRAFORM_GAPS, *JOB_GAPS, *ANSWER_GAPS, *MESSAGE_GAPS, *STACKS)
    Waiting(patches, _apply).begin()


def _apply(patch: Callable[[], None]) -> None:
    try:
        patch()
    except (AttributeError, ImportError, TypeError) as gone:
        log.warning("patch %s does not fit this version of moto: %s", patch.__name__, gone)


def read_caller_from_server() -> None:
    """Account and region come from treadle's routing, which knows presigned and unsigned requests too.

    Moto would take the account from a table of keys it issued, and the region from the first thing that looks like one.
    """
    from moto.core.responses import BaseResponse

    guess_region, guess_account = BaseResponse.get_region_from_url, BaseResponse.get_current_account

    def get_region_from_url(self: Any, request: Any, full_url: str) -> str:
        return str(request.environ.get("treadle.region") or guess_region(self, request, full_url))

    def get_current_account(self: Any) -> str:
        return str(self.normalized_request.environ.get("treadle.account") or guess_account(self))

    BaseResponse.get_region_from_url = get_region_from_url
    BaseResponse.get_current_account = get_current_account


def seed_randomness() -> None:
    """Moto's own generator is seeded for each call; seeds are integers of the call's seed."""
    from moto.moto_api._internal import mock_random

    TAPE.add_source(mock_random.seed)


def notice_new_backends() -> None:
    """The first call to a service in a region creates its backend, with default resources and random ids.

    Even if that call is a read it must be journaled, or a restart would give a default VPC another id.
    """
    from moto.core.base_backend import AccountSpecificBackend

    get = AccountSpecificBackend.__getitem__

    def getitem(self: Any, region: str) -> Any:
        if not dict.__contains__(self, "aws" if region == "global" else region):
            TAPE.seen.touched = True
        return get(self, region)

    AccountSpecificBackend.__getitem__ = getitem


def keep_bodies_in_blobs() -> None:
    """S3 objects live in content-addressed files, not in anonymous ones: a snapshot then need not copy them."""
    from moto.s3.models import FakeKey

    from treadle.cloud.buffers import Body

    def get_value(self: Any) -> bytes:
        self._value_buffer.seek(0)
        return bytes(self._value_buffer.read())

    def set_value(self: Any, value: bytes | str) -> None:
        content = value.encode() if isinstance(value, str) else value
        self._value_buffer = content if isinstance(content, Body) else Body(content)
        self.contentsize = self._value_buffer.size

    def get_state(self: Any) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def set_state(self: Any, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=threading.Lock())

    FakeKey.value = property(get_value, set_value)
    FakeKey.__getstate__ = get_state
    FakeKey.__setstate__ = set_state
    # It warns about temporary files that were not closed; there are none.
    FakeKey.__del__ = lambda self: None


def read_only_what_is_asked_for() -> None:
    """A part of a large object is read as such: moto would read all of it, and cut the part out."""
    from moto.s3.models import FakeKey
    from moto.s3.responses import S3Response

    from treadle.cloud.buffers import Unread

    get, cut, whole = S3Response.get_object, S3Response._handle_range_header, FakeKey.value
    wanted: list[bool] = []

    def value(self: Any) -> Any:
        return Unread(self._value_buffer) if wanted and self._value_buffer.blob else whole.fget(self)

    def get_object(self: Any) -> Any:
        if self.headers.get("range"):
            wanted.append(True)
        try:
            return get(self)
        finally:
            wanted.clear()

    def handle_range_header(self: Any, request: Any, response_headers: Any, response_content: Any) -> Any:
        status, headers, content = cut(self, request, response_headers, response_content)
        return status, headers, content[:] if isinstance(content, Unread) else content

    FakeKey.value = property(value, whole.fset)
    S3Response.get_object, S3Response._handle_range_header = get_object, handle_range_header


def join_parts_on_disk() -> None:
    """The parts of an upload become an object without ever being in memory together: moto copies them four times."""
    import hashlib

    from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML
    from moto.s3.models import FakeMultipart
    from moto.settings import S3_UPLOAD_PART_MIN_SIZE

    from treadle.cloud.buffers import Body
    from treadle.cloud.checksums import Checksum

    def complete(self: Any, body: Any) -> Any:
        parts: list[Any] = []
        for number, etag in body:
            part = self.parts.get(number)
            if part is None or part.etag.replace('"', "") != etag.replace('"', ""):
                raise InvalidPart()
            if parts and parts[-1].contentsize < S3_UPLOAD_PART_MIN_SIZE:
                raise EntityTooSmall()
            parts.append(part)
        if not parts:
            raise MalformedXML
        kind = self.metadata.get("x-amz-checksum-algorithm"), self.metadata.get("x-amz-checksum-type")
        checksum, digest = Checksum(*kind), hashlib.md5(usedforsecurity=False)

        def contents() -> Iterator[bytes]:
            for part in parts:
                content = part.value
                digest.update(bytes.fromhex(part.etag.replace('"', "")))
                checksum.add(content)
                yield content

        joined = Body.joined(contents())
        return joined, f"{digest.hexdigest()}-{len(parts)}", checksum.told()

    FakeMultipart.complete = complete


def forget_instances() -> None:
    """Moto lists every object ever made, for its own dashboard: in a server that lives for months, a leak."""
    from moto.core.common_models import BaseModel

    BaseModel.__new__ = lambda cls, *args, **kwargs: object.__new__(cls)


def quicken() -> None:
    """Three things that moto computes for every request: each costs more than the rest of the request."""
    import moto.core.responses
    import moto.core.utils
    from moto import backends

    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    underscored = functools.cache(moto.core.utils.camelcase_to_underscores)
    moto.core.utils.camelcase_to_underscores = moto.core.responses.camelcase_to_underscores = underscored
    methods = functools.cache(moto.core.utils.method_names_from_class)
    moto.core.utils.method_names_from_class = moto.core.responses.method_names_from_class = methods
    measured = moto.core.utils.unix_time
    moto.core.utils.unix_time = lambda dt=None: TAPE.now() if dt is None else measured(dt)


def load_models_quickly() -> None:
    """Loading a service's model is most of the first request to it, and of a restart."""
    from botocore.loaders import JSONFileLoader

    def load_file(self: Any, path: str, open_method: Any) -> Any:
        if not os.path.isfile(path):
            return None
        with open_method(path, "rb") as file:
            return orjson.loads(file.read())

    JSONFileLoader._load_file = load_file


def know_regions() -> None:
    """Every service is in every region: to find out, moto would load the model of each service it touches."""
    from botocore.loaders import Loader
    from moto.core.base_backend import AccountSpecificBackend

    known = [name for part in Loader().load_data("endpoints")["partitions"] for name in part["regions"]]
    AccountSpecificBackend._generate_regions = lambda self, service: known


def have_one_default_account() -> None:
    """Moto's own default account would get backends of its own, each with fifteen hundred managed policies."""
    import moto.core
    from moto.moto_server import werkzeug_app

    moto.core.DEFAULT_ACCOUNT_ID = werkzeug_app.DEFAULT_ACCOUNT_ID = DEFAULT_ACCOUNT


def poll_queues_patiently() -> None:
    """A long poll must not hold up the other calls: an empty one is parked, and performed again when worth while.

    It is journaled only when it gave out a message or moved one to the dead-letter queue.
    """
    from moto.sqs.models import SQSBackend

    receive = SQSBackend.receive_message

    def receive_message(
        self: Any, queue_name: str, count: int, wait_seconds_timeout: int, visibility_timeout: int, *args: Any
    ) -> Any:
        queue = self.get_queue(queue_name)
        before = len(queue._messages)
        found = receive(self, queue_name, count, 0, visibility_timeout, *args)
        if found or len(queue._messages) != before:
            TAPE.seen.touched = True
        if not found and wait_seconds_timeout:
            TAPE.seen.patience = float(wait_seconds_timeout)
            TAPE.seen.worth_trying = lambda: any(message.visible for message in queue.messages)
        return found

    SQSBackend.receive_message = receive_message


def reach_functions_outside() -> None:
    """Functions run in another room: who in moto invokes one (a topic, a bucket, a log filter) asks for a delivery."""
    import moto.awslambda.utils
    from moto.sns.models import Subscription

    from treadle.cloud import doors

    publish = Subscription.publish

    def publish_from(self: Any, message: str, message_id: str, *args: Any, **kwargs: Any) -> None:
        doors.publishing[:] = [(self, message_id, kwargs.get("message_attributes"))]
        try:
            publish(self, message, message_id, *args, **kwargs)
        finally:
            doors.publishing.clear()

    moto.awslambda.utils.get_backend = doors.Functions
    Subscription.publish = publish_from


def send_http_outside() -> None:
    """An HTTP subscriber of a topic may be slow, or be treadle itself: it is reached by a delivery, not in the call."""
    import moto.sns.models

    from treadle.cloud import doors

    moto.sns.models.requests = doors.Http


def send_nothing_twice() -> None:
    """While the journal is replayed nothing may leave the process."""
    import requests

    send = requests.Session.request

    def request(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not TAPE.replaying:
            return send(self, *args, **kwargs)
        silent = requests.Response()
        silent.status_code, silent._content = 200, b""
        return silent

    requests.Session.request = request  # type: ignore[method-assign]


PATCHES: list[Callable[[], None]] = [
    have_one_default_account,
    load_models_quickly,
    know_regions,
    quicken,
    read_caller_from_server,
    seed_randomness,
    notice_new_backends,
    forget_instances,
    install_keys,
    keep_bodies_in_blobs,
    read_only_what_is_asked_for,
    join_parts_on_disk,
    poll_queues_patiently,
    patch_rules,
    patch_schedules,
    patch_metrics,
    patch_alarms,
    patch_metric_filters,
    patch_streams,
    reach_functions_outside,
    send_http_outside,
    send_nothing_twice,
    keep_deployments,
]
