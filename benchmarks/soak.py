"""All integrations at once for some minutes, and what the server's processes hold meanwhile: does anything leak?

    python benchmarks/soak.py [--minutes 10] [--rate 20]

Starts a server of its own (and a small HTTP service), deploys a workflow of every kind, starts executions at a steady
rate, answers callbacks and activities, stops and redrives. Every ten seconds it notes memory, descriptors, threads and
open executions. It ends with 0 when every execution came to the end it was meant to come to, everything is closed, and
memory of the last third is not far above that of the middle third. Needs boto3.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROLE = "arn:aws:iam::000000000000:role/soak"
ACCOUNT = "000000000000"
# Megabytes that the last third may hold more than the middle third, for both processes together.
SLACK = 25.0
HANDLER = """
def lambda_handler(event, context):
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError("as asked")
    return {"seen": event if isinstance(event, dict) and len(str(event)) < 200 else "much"}
"""


class Web(BaseHTTPRequestHandler):
    """Answers everything, if the caller is known."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        known = self.headers.get("authorization") == "Basic " + base64.b64encode(b"soak:secret").decode()
        body = b'{"answer": 42}'
        self.send_response(200 if known else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: Any) -> None:
        """Silent."""


class Server:
    """`treadle serve` and what its processes hold."""

    def __init__(self, folder: Path) -> None:
        self.log = (folder / "server.log").open("wb")
        command = [sys.executable, "-m", "treadle", "serve", "--port", "0", "--data", str(folder / "data")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.url = next(word.rstrip(",") for word in line.split() if word.startswith("http://"))

    def client(self, service: str) -> Any:
        config = Config(
            inject_host_prefix=False,
            retries={"max_attempts": 0},
            s3={"addressing_style": "path"},
            read_timeout=90,
            max_pool_connections=64,
        )
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", config=config, **keys)

    def processes(self) -> dict[str, int]:
        """The server and the cloud process; workers of functions come and go."""
        found = {"server": self.process.pid}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    command = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if parent == self.process.pid and b"treadle.cloud.child" in command:
                    found["cloud"] = int(entry.name)
        return found

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def held(pid: int) -> tuple[float, int, int]:
    """Resident megabytes, open descriptors, threads."""
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields["VmRSS"].split()[0]) / 1024, len(os.listdir(f"/proc/{pid}/fd")), int(fields["Threads"])


class Soak:
    def __init__(self, server: Server, web: str) -> None:
        self.server, self.web = server, web
        self.sfn = server.client("stepfunctions")
        self.ended: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.machines: dict[str, str] = {}
        self.halt = threading.Event()
        self.helpers: list[threading.Thread] = []

    # -- deploying
    def deploy(self) -> None:
        server = self.server
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as file:
            file.writestr("handler.py", HANDLER)
        server.client("lambda").create_function(
            FunctionName="worker",
            Runtime="python3.12",
            Handler="handler.lambda_handler",
            Role=ROLE,
            Code={"ZipFile": package.getvalue()},
        )
        queues = {name: server.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("work", "tokens")}
        self.tokens = queues["tokens"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
        server.client("lambda").create_event_source_mapping(FunctionName="worker", EventSourceArn=arn)
        topic = server.client("sns").create_topic(Name="news")["TopicArn"]
        server.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        events = server.client("events")
        events.put_rule(Name="soak", EventPattern=json.dumps({"source": ["soak"]}))
        events.put_targets(Rule="soak", Targets=[{"Id": "queue", "Arn": arn}])
        secret = {"BasicAuthParameters": {"Username": "soak", "Password": "secret"}}
        connection = events.create_connection(Name="web", AuthorizationType="BASIC", AuthParameters=secret)
        server.client("s3").create_bucket(Bucket="soak")
        items = [{"number": number} for number in range(50)]
        server.client("s3").put_object(Bucket="soak", Key="items.json", Body=json.dumps(items).encode())
        server.client("dynamodb").create_table(
            TableName="items",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        server.client("ssm").put_parameter(Name="colour", Value="blue", Type="String")
        self.activity = self.sfn.create_activity(name="press")["activityArn"]
        child = self.machine("child", {"A": {"Type": "Pass", "End": True}})
        for name, states in workflows(
            queues, topic, connection["ConnectionArn"], self.web, child, self.activity
        ).items():
            self.machine(name, states, kind="EXPRESS" if name == "express" else "STANDARD")

    def machine(self, name: str, states: dict[str, Any], kind: str = "STANDARD") -> str:
        definition = json.dumps({"StartAt": next(iter(states)), "States": states})
        made = self.sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE, type=kind)
        self.machines[name] = made["stateMachineArn"]
        return self.machines[name]

    # -- running
    def run(self, name: str) -> None:
        """One execution from its start to the end it is meant to have."""
        number = random.randrange(200)
        text = json.dumps({"id": str(number), "number": number})
        try:
            if name == "express":
                told = self.sfn.start_sync_execution(stateMachineArn=self.machines[name], input=text)
                return self.note(name, told["status"] == "SUCCEEDED", told)
            arn = self.sfn.start_execution(stateMachineArn=self.machines[name], input=text)["executionArn"]
            if name == "stopped":
                self.sfn.stop_execution(executionArn=arn, error="Soak", cause="enough")
            told = self.await_end(arn)
            if name == "redriven":
                self.sfn.redrive_execution(executionArn=arn)
                told = self.await_end(arn)
            wanted = {"stopped": "ABORTED", "redriven": "FAILED"}.get(name, "SUCCEEDED")
            self.note(name, told["status"] == wanted, told)
            if number % 10 == 0:
                self.sfn.get_execution_history(executionArn=arn, maxResults=100)
        except Exception as problem:  # whatever goes wrong is what a soak is for
            if not self.halt.is_set():
                self.note(name, False, f"{type(problem).__name__}: {problem}")

    def await_end(self, arn: str) -> dict[str, Any]:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            told: dict[str, Any] = self.sfn.describe_execution(executionArn=arn)
            if told["status"] != "RUNNING":
                return told
            time.sleep(0.25)
        return told

    def note(self, name: str, good: bool, told: Any) -> None:
        self.ended[name] += 1
        if not good:
            self.wrong[name] += 1
            if self.wrong[name] < 4:
                print(f"  {name}: {str(told)[:600]}", flush=True)

    # -- whoever answers
    def help(self) -> None:
        for work in (self.bring_tokens_back, self.bring_tokens_back, self.press, self.press, self.press):
            self.helpers.append(threading.Thread(target=self.repeat, args=(work(),), daemon=True))
            self.helpers[-1].start()

    def repeat(self, once: Callable[[], None]) -> None:
        while not self.halt.is_set():
            try:
                once()
            except Exception as problem:  # the server may be leaving
                if not self.halt.is_set():
                    print(f"  helper: {type(problem).__name__}: {problem}", flush=True)
                    time.sleep(1)

    def bring_tokens_back(self) -> Callable[[], None]:
        sqs = self.server.client("sqs")

        def once() -> None:
            answer = sqs.receive_message(QueueUrl=self.tokens, WaitTimeSeconds=5, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                token = json.loads(message["Body"])["token"]
                self.sfn.send_task_heartbeat(taskToken=token)
                self.sfn.send_task_success(taskToken=token, output='{"back": true}')
                sqs.delete_message(QueueUrl=self.tokens, ReceiptHandle=message["ReceiptHandle"])

        return once

    def press(self) -> Callable[[], None]:
        sfn = self.server.client("stepfunctions")

        def once() -> None:
            task = sfn.get_activity_task(activityArn=self.activity, workerName="soak")
            if task.get("taskToken"):
                sfn.send_task_success(taskToken=task["taskToken"], output=task["input"])

        return once


def workflows(
    queues: dict[str, str], topic: str, connection: str, web: str, child: str, activity: str
) -> dict[str, dict[str, Any]]:
    """A workflow of every kind; its states in order, the first one first."""
    optimized, sdk = "arn:aws:states:::", "arn:aws:states:::aws-sdk:"

    def task(resource: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
        given = {} if parameters is None else {"Parameters": parameters}
        return {"Type": "Task", "Resource": resource, **given, "ResultPath": "$.result", **more}

    item = {"id": {"S.$": "$.id"}, "text": {"S": "some text"}}
    send = {"QueueUrl": queues["work"], "MessageBody.$": "$"}
    entry = {"Source": "soak", "DetailType": "tick", "Detail.$": "$", "EventBusName": "default"}
    asking = {"QueueUrl": queues["tokens"], "MessageBody": {"token.$": "$$.Task.Token"}}
    calling = {
        "ApiEndpoint": web,
        "Method": "POST",
        "Authentication": {"ConnectionArn": connection},
        "RequestBody.$": "$",
    }
    each = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "Parameters": {"double.$": "$.number"}, "End": True}},
    }
    reader = {
        "Resource": f"{optimized}s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "soak", "Key": "items.json"},
    }
    writer = {"Resource": f"{optimized}s3:putObject", "Parameters": {"Bucket": "soak", "Prefix": "out"}}
    query = {
        "QueryString": "select 1",
        "WorkGroup": "primary",
        "ResultConfiguration": {"OutputLocation": "s3://soak/a/"},
    }
    branches = [{"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": 1, "End": True}}} for name in "ABC"]
    worker = {"FunctionName": "worker", "Payload.$": "$"}
    handled = {"Catch": [{"ErrorEquals": ["ValueError"], "Next": "Done"}]}
    plain = {
        "lambda": [task(f"{optimized}lambda:invoke", worker)],
        "lambda fails": [
            task(f"{optimized}lambda:invoke", {"FunctionName": "worker", "Payload": {"fail": 1}}, **handled)
        ],
        "sdk": [
            task(f"{sdk}dynamodb:putItem", {"TableName": "items", "Item": item}),
            task(f"{sdk}ssm:getParameter", {"Name": "colour"}),
            task(f"{sdk}s3:putObject", {"Bucket": "soak", "Key.$": "States.Format('k{}', $.id)", "Body.$": "$"}),
        ],
        "messages": [
            task(f"{optimized}sqs:sendMessage", send),
            task(f"{optimized}sns:publish", {"TopicArn": topic, "Message.$": "$"}),
            task(f"{optimized}events:putEvents", {"Entries": [entry]}),
        ],
        "dynamodb": [
            task(f"{optimized}dynamodb:putItem", {"TableName": "items", "Item": item}),
            task(f"{optimized}dynamodb:getItem", {"TableName": "items", "Key": {"id": {"S.$": "$.id"}}}),
        ],
        "nested": [task(f"{optimized}states:startExecution.sync:2", {"StateMachineArn": child, "Input.$": "$"})],
        "job": [task(f"{optimized}athena:startQueryExecution.sync", query)],
        "callback": [task(f"{optimized}sqs:sendMessage.waitForTaskToken", asking, HeartbeatSeconds=60)],
        "activity": [task(activity, TimeoutSeconds=60)],
        "http": [task(f"{optimized}http:invoke", calling)],
        "distributed": [
            {
                "Type": "Map",
                "ItemReader": reader,
                "ItemProcessor": each,
                "ResultWriter": writer,
                "ResultPath": "$.result",
            }
        ],
        "timers": [{"Type": "Wait", "Seconds": 5}, {"Type": "Parallel", "Branches": branches, "ResultPath": None}],
        "stopped": [{"Type": "Wait", "Seconds": 600}],
        "redriven": [{"Type": "Pass"}, {"Type": "Fail", "Error": "Always"}],
        "express": [task(f"{optimized}lambda:invoke", worker)],
    }
    return {name.replace(" ", "-"): chained(states) for name, states in plain.items()}


def chained(states: list[dict[str, Any]]) -> dict[str, Any]:
    """The states one after the other."""
    made: dict[str, Any] = {}
    for number, state in enumerate(states):
        after = f"S{number + 1}" if number + 1 < len(states) else "Done"
        made[f"S{number}"] = state if state["Type"] == "Fail" else state | {"Next": after}
    return made | ({} if states[-1]["Type"] == "Fail" else {"Done": {"Type": "Succeed"}})


def watch(soak: Soak, rows: list[dict[str, float]], started: float) -> None:
    while not soak.halt.wait(10):
        row: dict[str, float] = {"second": round(time.monotonic() - started)}
        for name, pid in soak.server.processes().items():
            row[f"{name} MB"], row[f"{name} fds"], row[f"{name} threads"] = held(pid)
        told = soak.sfn.list_state_machines(maxResults=100)["stateMachines"]
        running = [
            len(soak.sfn.list_executions(stateMachineArn=one["stateMachineArn"], statusFilter="RUNNING")["executions"])
            for one in told
            if one["type"] == "STANDARD"
        ]
        row |= {"open": sum(running), "ended": sum(soak.ended.values()), "wrong": sum(soak.wrong.values())}
        rows.append(row)
        print("  ".join(f"{name} {value:.0f}" for name, value in row.items()), flush=True)


def verdict(soak: Soak, rows: list[dict[str, float]], left: int) -> list[str]:
    """What is wrong; nothing is best."""
    problems = [f"{count} of {soak.ended[name]} {name} went wrong" for name, count in soak.wrong.items()]
    if left:
        problems.append(f"{left} executions are still open")
    third = len(rows) // 3
    middle, last = rows[third : 2 * third], rows[2 * third :]
    for what, slack in (("MB", SLACK), ("fds", 20), ("threads", 10)):
        names = [name for name in rows[-1] if name.endswith(what)]
        grown = sum(
            statistics.median(row[name] for row in last) - statistics.median(row[name] for row in middle)
            for name in names
        )
        print(f"{what}: {grown:+.1f} from the middle third to the last")
        if grown > slack:
            problems.append(f"{what} have grown by {grown:.1f}")
    return problems


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--rate", type=float, default=20, help="executions started in a second")
    given = options.parse_args()
    web = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        server = Server(Path(folder))
        soak = Soak(server, f"http://127.0.0.1:{web.server_port}/api")
        try:
            soak.deploy()
            soak.help()
            return drive(soak, given.minutes * 60, given.rate)
        finally:
            soak.halt.set()
            server.stop()


def drive(soak: Soak, seconds: float, rate: float) -> int:
    rows: list[dict[str, float]] = []
    started = time.monotonic()
    watcher = threading.Thread(target=watch, args=(soak, rows, started), daemon=True)
    watcher.start()
    names = [name for name in soak.machines if name != "child"]
    with ThreadPoolExecutor(64) as pool:
        number = 0
        while (spent := time.monotonic() - started) < seconds:
            if number > spent * rate:
                time.sleep(0.01)
                continue
            pool.submit(soak.run, names[number % len(names)])
            number += 1
    soak.halt.set()
    watcher.join(30)
    arns = [arn for name, arn in soak.machines.items() if name != "express"]
    listed = [soak.sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"] for arn in arns]
    problems = verdict(soak, rows, sum(map(len, listed)))
    print(f"{sum(soak.ended.values())} executions of {len(names)} kinds in {seconds:.0f} s: {dict(soak.ended)}")
    print("\n".join(problems) or "no leak, nothing went wrong")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
