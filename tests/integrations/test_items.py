"""Items of a distributed Map: from every kind of file, in pieces of any size, from any position."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import zstandard

from treadle.aws import AwsError, Caller
from treadle.integrations.items import document, objects
from treadle.integrations.items.objects import Storage
from treadle.integrations.items.readers import open_reader
from treadle.integrations.items.source import Item, Source, StateItems
from treadle.values import Json, StatesError

GET, LIST = "s3:getObject", "s3:listObjectsV2"


class Bucket:
    """S3 with one bucket called `b`."""

    def __init__(self, **files: bytes) -> None:
        self.files: dict[str, bytes] = files

    async def aws(self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None) -> Any:
        if operation == "ListObjectsV2":
            keys = sorted(key for key in self.files if key.startswith(params.get("Prefix", "")))
            after = [key for key in keys if key > params.get("StartAfter", "")]
            return {"Contents": [self.described(key) for key in after[: params["MaxKeys"]]]}
        if params["Key"] not in self.files:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404, {"requestId": "r", "hostId": "h"})
        first, last = map(int, params["Range"].removeprefix("bytes=").split("-"))
        data = self.files[params["Key"]][first : last + 1]
        if not data:
            raise AwsError("InvalidRange", "The requested range is not satisfiable", 416)
        return {"Body": BytesIO(data)}

    def described(self, key: str) -> Json:
        modified = datetime(2026, 11, 22, tzinfo=UTC)
        size = len(self.files[key])
        return {"Key": key, "ETag": '"e"', "LastModified": modified, "Size": size, "StorageClass": "STANDARD"}


def reader(bucket: Bucket, key: str, resource: str = GET, **config: Json) -> Source:
    storage = Storage(bucket, Caller(), None)  # type: ignore[arg-type]
    return open_reader(storage, resource, {"Bucket": "b", "Key": key} if key else {"Bucket": "b"}, config)


async def everything(source: Source, at_a_time: int = 3) -> list[Item]:
    found: list[Item] = []
    while items := await source.read(found[-1].next if found else None, at_a_time):
        found += items
    return found


async def values(source: Source, at_a_time: int = 3) -> list[Json]:
    return [item.value.value for item in await everything(source, at_a_time)]


@pytest.fixture(params=[5, 64, 4096])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Objects are read in blocks of so many bytes."""
    size = int(request.param)

    async def read(self: objects.PlainBlocks, offset: int) -> bytes:
        return await self._storage.read(self._place, offset, size)

    monkeypatch.setattr(objects.PlainBlocks, "read", read)
    return size


ROWS = [{"n": number, "text": f"line {number}"} for number in range(10)]
LINES = "\n".join(json.dumps(row) for row in ROWS).encode()
COLUMNS = b"a,b\n1,one\n2,two\n3,three\n"
RECORDS = [{"a": "1", "b": "one"}, {"a": "2", "b": "two"}, {"a": "3", "b": "three"}]


# -- any position
@pytest.mark.parametrize(
    "make",
    [
        lambda: StateItems(ROWS),
        lambda: StateItems({"a": 1, "b": 2, "c": 3}),
        lambda: reader(Bucket(f=LINES), "f", InputType="JSONL"),
        lambda: reader(Bucket(f=COLUMNS), "f", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
        lambda: reader(Bucket(f=json.dumps(ROWS).encode()), "f", InputType="JSON"),
        lambda: reader(Bucket(**{"f.gz": gzip.compress(LINES)}), "f.gz", InputType="JSONL"),
        lambda: reader(Bucket(x=b"1", y=b"2", z=b"3"), "", LIST),
        lambda: reader(Bucket(x=LINES, y=LINES), "", LIST, InputType="JSONL", Transformation="LOAD_AND_FLATTEN"),
    ],
)
async def test_a_source_goes_on_at_any_position_it_has_given(make: Callable[[], Source]) -> None:
    found = await everything(make())
    assert len(found) >= 3
    for number, item in enumerate(found):
        position = json.loads(json.dumps(item.next))
        following = await make().read(position, 1)
        assert following == found[number + 1 : number + 2]


# -- JSON Lines
async def test_json_lines(block: int) -> None:
    assert await values(reader(Bucket(f=LINES), "f", InputType="JSONL")) == ROWS
    assert await values(reader(Bucket(f=b"\n1\r\n\n2"), "f", InputType="JSONL")) == [1, 2]
    assert await values(reader(Bucket(f=b""), "f", InputType="JSONL")) == []


async def test_a_line_that_is_no_json_fails_the_reader() -> None:
    with pytest.raises(StatesError, match=r"States.ItemReaderFailed: Unable to parse a line of the file as JSON"):
        await values(reader(Bucket(f=b"1\n{"), "f", InputType="JSONL"))


async def test_a_missing_object_fails_the_reader_in_the_words_of_s3() -> None:
    with pytest.raises(StatesError) as refusal:
        await values(reader(Bucket(), "f", InputType="JSONL"))
    assert refusal.value.cause == (
        "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: r, Extended Request ID: h)"
    )


# -- CSV
def rows(text: str, **config: Json) -> Source:
    return reader(Bucket(f=text.encode()), "f", InputType="CSV", CSVHeaderLocation="FIRST_ROW", **config)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a,b\r\n1,2\r\n3,4", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        ("a,b\n1\n,\n", [{"a": "1", "b": ""}, {"a": "", "b": ""}]),
        ("a\n1,2,3\n", [{"a": "1"}]),
        ("a,b\n   \n", [{"a": "   ", "b": ""}]),
        ('a,b\n"x,y","say ""hi"""\n', [{"a": "x,y", "b": 'say "hi"'}]),
        ('a,b\n"two\nlines",2\n', [{"a": "two\nlines", "b": "2"}]),
        ('a,b\n5" wide,2\n3,4\n', [{"a": '5" wide', "b": "2"}, {"a": "3", "b": "4"}]),
        ("a,b\nx\\,y,2\n", [{"a": "x,y", "b": "2"}]),
        ('a,b\n"x\\"y",C:\\dir\\\\end\n', [{"a": 'x"y', "b": "C:\\dir\\end"}]),
        ("\ufeffa,b\nä,ü\n", [{"a": "ä", "b": "ü"}]),
        ("a,b\n\n1,2\n\n", [{"a": "1", "b": "2"}]),
        ("a,b", []),
        ("", []),
    ],
)
async def test_csv(text: str, expected: Json, block: int) -> None:
    assert await values(rows(text), 1) == expected
    assert await values(rows(text), 100) == expected


@pytest.mark.parametrize(
    ("name", "text"), [("PIPE", "a|b\n1|2"), ("SEMICOLON", "a;b\n1;2"), ("SPACE", "a b\n1 2"), ("TAB", "a\tb\n1\t2")]
)
async def test_other_delimiters(name: str, text: str) -> None:
    assert await values(rows(text, CSVDelimiter=name)) == [{"a": "1", "b": "2"}]


async def test_given_headers_leave_the_first_row_to_the_items() -> None:
    source = reader(Bucket(f=b"1,2\n"), "f", InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["x", "y"])
    assert await values(source) == [{"x": "1", "y": "2"}]


async def test_headers_must_differ() -> None:
    with pytest.raises(StatesError, match=r"CSV headers cannot contain duplicates\."):
        await values(rows("a,a\n1,2\n"))


# -- JSON
async def test_a_json_array_is_its_elements_and_tells_where_it_came_from() -> None:
    found = await everything(reader(Bucket(f=b'[1, {"a": [2]}, null]'), "f", InputType="JSON"))
    assert [item.value.value for item in found] == [1, {"a": [2]}, None]
    assert {item.source for item in found} == {"S3://b/f"}


async def test_an_object_is_taken_behind_a_pointer_only() -> None:
    text = b'{"deep": {"a/b": {"x": 1, "y": 2}}, "list": [1]}'
    with pytest.raises(StatesError, match=r"Attempting to map over non-iterable node\."):
        await values(reader(Bucket(f=text), "f", InputType="JSON"))
    members = await everything(reader(Bucket(f=text), "f", InputType="JSON", ItemsPointer="/deep/a~1b"))
    assert [(item.key, item.value.value) for item in members] == [
        ("x", {"Key": "x", "Value": 1}),
        ("y", {"Key": "y", "Value": 2}),
    ]
    assert await values(reader(Bucket(f=text), "f", InputType="JSON", ItemsPointer="/list")) == [1]
    with pytest.raises(StatesError, match="leads nowhere"):
        await values(reader(Bucket(f=text), "f", InputType="JSON", ItemsPointer="/nothing"))


LONG = [1, -2.5e3, 'a,]}[{"\\', {"k": [[], {}, "x\\"]}, [], {}, None, True, "ü", [[["]"]]]]


async def test_a_long_array_is_read_element_by_element(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "SMALL", 16)
    for indent in (None, 2):
        text = json.dumps(LONG, indent=indent, ensure_ascii=False).encode()
        found = await everything(reader(Bucket(f=text), "f", InputType="JSON"), 2)
        assert [item.value.value for item in found] == LONG
        for number, item in enumerate(found[:-1]):
            (following,) = await reader(Bucket(f=text), "f", InputType="JSON").read(item.next, 1)
            assert following == found[number + 1]


@pytest.mark.parametrize(
    "text", [b'[1, 2, "a very long string', b"[1, 2, 3, 4, 5, 6, 7, 8", b'{"a": "no array at all"}']
)
async def test_a_long_document_that_is_broken_fails_the_reader(
    text: bytes, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "SMALL", 4)
    with pytest.raises(StatesError, match=r"States.ItemReaderFailed"):
        await values(reader(Bucket(f=text), "f", InputType="JSON"))


async def test_text_that_is_no_json_fails_the_reader() -> None:
    with pytest.raises(StatesError, match="Unable to parse the file as JSON"):
        await values(reader(Bucket(f=b"[1,"), "f", InputType="JSON"))


# -- packed
@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("f.gz", gzip.compress(LINES)),
        ("f.gz", gzip.compress(LINES[:50]) + gzip.compress(LINES[50:])),
        ("f.zst", zstandard.compress(LINES)),
        ("f.zstd", zstandard.compress(LINES[:50]) + zstandard.compress(LINES[50:])),
    ],
)
async def test_packed_files(name: str, packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "BLOCK", 64)
    assert await values(reader(Bucket(**{name: packed}), name, InputType="JSONL")) == ROWS


async def test_a_packed_file_that_is_none_fails_the_reader() -> None:
    with pytest.raises(StatesError, match="cannot be decompressed"):
        await values(reader(Bucket(**{"f.gz": LINES}), "f.gz", InputType="JSONL"))


# -- many objects
async def test_a_listing_has_an_item_for_each_object() -> None:
    (first, *_) = await values(reader(Bucket(a=b"xy", b=b""), "", LIST))
    assert first == {"Etag": '"e"', "Key": "a", "LastModified": 1795305600, "Size": 2, "StorageClass": "STANDARD"}


async def test_the_objects_of_a_listing_can_be_read_themselves() -> None:
    bucket = Bucket(**{"d/": b"", "d/1": b"1\n2", "d/2": b"", "d/3": b"3"})
    found = await everything(reader(bucket, "", LIST, InputType="JSONL", Transformation="LOAD_AND_FLATTEN"))
    assert [(item.value.value, item.source) for item in found] == [
        (1, "S3://b/d/1"),
        (2, "S3://b/d/1"),
        (3, "S3://b/d/3"),
    ]


async def test_an_s3_inventory() -> None:
    manifest = {
        "destinationBucket": "arn:aws:s3:::b",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "1.csv.gz"}, {"key": "2.csv.gz"}],
    }
    files = {"1.csv.gz": gzip.compress(b'"b","x","5"\n'), "2.csv.gz": gzip.compress(b'"b","y","6"\n')}
    bucket = Bucket(**{"manifest.json": json.dumps(manifest).encode()}, **files)
    for config in ({"ManifestType": "S3_INVENTORY"}, {"InputType": "MANIFEST"}):
        assert await values(reader(bucket, "manifest.json", **config)) == [
            {"Bucket": "b", "Key": "x", "Size": "5"},
            {"Bucket": "b", "Key": "y", "Size": "6"},
        ]
    broken = Bucket(f=b'{"fileFormat": "ORC"}')
    with pytest.raises(StatesError, match="only CSV can"):
        await values(reader(broken, "f", ManifestType="S3_INVENTORY"))


async def test_files_that_athena_has_unloaded() -> None:
    bucket = Bucket(m=b"s3://b/1.gz\ns3://b/2.gz\n", **{"1.gz": gzip.compress(b"1\n2\n"), "2.gz": gzip.compress(b"3")})
    assert await values(reader(bucket, "m", ManifestType="ATHENA_DATA", InputType="JSONL")) == [1, 2, 3]
    with pytest.raises(StatesError, match="CSVHeaders must be given"):
        await values(reader(bucket, "m", ManifestType="ATHENA_DATA", InputType="CSV"))
    with pytest.raises(StatesError, match="names no object of S3"):
        await values(reader(Bucket(m=b"nonsense"), "m", ManifestType="ATHENA_DATA", InputType="JSONL"))


# -- Parquet
async def test_parquet() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table(
        {
            "n": list(range(5)),
            "price": [Decimal("1.50")] * 5,
            "day": [date(2026, 11, 22)] * 5,
            "tags": [["a", "b"]] * 5,
            "raw": [b"\x00\x01"] * 5,
        }
    )
    file = BytesIO()
    parquet.write_table(table, file, row_group_size=2)
    bucket = Bucket(f=file.getvalue())
    found = await everything(reader(bucket, "f", InputType="PARQUET"), 2)
    assert [item.value.value["n"] for item in found] == [0, 1, 2, 3, 4]
    assert found[0].value.value == {"n": 0, "price": "1.50", "day": "2026-11-22", "tags": ["a", "b"], "raw": "AAE="}
    for number, item in enumerate(found):
        again = await reader(bucket, "f", InputType="PARQUET").read(item.next, 10)
        assert again == found[number + 1 :]
    with pytest.raises(StatesError, match="Unable to read the file as Parquet"):
        await values(reader(Bucket(f=b"no parquet"), "f", InputType="PARQUET"))
