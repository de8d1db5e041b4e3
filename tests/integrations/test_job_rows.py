"""Every job of the catalogue to its end: succeeded, failed, stopped, hard to see."""

from __future__ import annotations

import pytest
from fake_world import FakeWorld, call
from job_rows import ROWS, Row, arguments, at, described, submission

from treadle.aws import AwsError
from treadle.integrations import job_table, jobs
from treadle.integrations.catalog import find
from treadle.integrations.integration import Call, Job
from treadle.values import Json, StatesError, loads

GONE = AwsError("ResourceNotFoundException", "gone", 404)
SUCCESSES = [(name, status) for name, row in ROWS.items() for status in row.good.split()]
FAILURES = [(name, status) for name, row in ROWS.items() for status in row.bad.split()]


def test_every_job_is_written_down() -> None:
    elsewhere = {name for name in job_table.WATCHED if name.startswith(("bedrock:", "eks:call", "eks:runJob"))}
    assert set(ROWS) == set(job_table.WATCHED) - elsewhere


async def begun(name: str, world: FakeWorld) -> tuple[Call, Job, Json]:
    """The job of that row, submitted."""
    row = ROWS[name]
    made = call(world, f"arn:aws:states:::{name}.sync", arguments(row))
    found = find(made.resource)
    assert found is not None and found.job is not None
    world.answers[row.submit] = submission(row)
    submitted = await found.call(made)
    assert [request[:2] for request in world.requests] == [(row.service, row.submit)]
    world.requests.clear()
    return made, found.job, submitted


def looks(row: Row, *answers: object) -> FakeWorld:
    return FakeWorld(**{row.describe[0]: list(answers)})


def without_tokens(world: FakeWorld) -> list[tuple[str, str, Json]]:
    """The requests without the idempotency tokens that every call gets which has one."""
    drop = ("clientToken", "clientRequestToken")
    return [(it[0], it[1], {k: v for k, v in it[2].items() if k not in drop}) for it in world.requests]


@pytest.mark.parametrize(("name", "status"), SUCCESSES)
async def test_a_job_runs_until_it_succeeds(name: str, status: str) -> None:
    row = ROWS[name]
    running = described(row, row.running)
    world = looks(row, running, running, described(row, status))
    made, job, submitted = await begun(name, world)
    assert at(await job.watch(made, submitted), row.shown) == status
    assert without_tokens(world) == [(row.service, *row.describe)] * 3


@pytest.mark.parametrize(("name", "status"), FAILURES)
async def test_a_job_that_fails_is_the_cause(name: str, status: str) -> None:
    row = ROWS[name]
    world = looks(row, described(row, row.running), described(row, status))
    made, job, submitted = await begun(name, world)
    with pytest.raises(StatesError) as failure:
        await job.watch(made, submitted)
    assert failure.value.error == "States.TaskFailed"
    assert at(loads(str(failure.value.cause)), row.shown) == status


@pytest.mark.parametrize("name", ROWS)
async def test_a_job_that_is_gone_has_only_succeeded_where_it_was_to_go(name: str) -> None:
    row = ROWS[name]
    world = looks(row, described(row, row.running), GONE)
    made, job, submitted = await begun(name, world)
    if row.gone:
        await job.watch(made, submitted)
        return
    with pytest.raises(StatesError) as failure:
        await job.watch(made, submitted)
    assert "gone" in str(failure.value.cause)


@pytest.mark.parametrize("name", ROWS)
async def test_a_job_nobody_waits_for_is_stopped(name: str) -> None:
    row, world = ROWS[name], FakeWorld()
    made, job, submitted = await begun(name, world)
    if row.stop is not None:
        world.answers[row.stop[0]] = [AwsError("ThrottlingException", "slower"), {}]
    await job.cancel(made, submitted)
    assert without_tokens(world) == ([] if row.stop is None else [(row.service, *row.stop)] * 2)


@pytest.mark.parametrize("name", ROWS)
async def test_a_job_that_cannot_be_seen_for_a_while_goes_on(name: str) -> None:
    row = ROWS[name]
    hidden = [
        AwsError("ThrottlingException", "Rate exceeded", 400),
        AwsError("TooManyRequestsException", "Too many requests", 429),
        AwsError("InternalFailure", "We made a mistake", 500),
        AwsError("ServiceUnavailable", "Not now", 503),
        AwsError("SdkClientException", "Unable to execute HTTP request: timed out"),
    ]
    end = described(row, row.good.split()[0]) if row.good else GONE
    world = looks(row, *hidden, described(row, row.running), *hidden, end)
    made, job, submitted = await begun(name, world)
    await job.watch(made, submitted)
    assert len(world.requests) == 12


async def test_a_service_that_stays_broken_fails_its_jobs_in_the_end() -> None:
    row = ROWS["glue:startJobRun"]
    world = looks(row, *[AwsError("InternalServiceException", "broken", 500)] * jobs.PATIENCE)
    made, job, submitted = await begun("glue:startJobRun", world)
    with pytest.raises(StatesError) as failure:
        await job.watch(made, submitted)
    assert failure.value.error == "Glue.InternalServiceException"
    assert sum(world.slept) > 600
