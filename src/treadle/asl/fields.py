"""The language as a table: which field is allowed where, in which query language, and what its value must be.

Pure data. The parser reads a definition by it; the linter, the documentation and the console may read it too.
Sources: the developer guide's page per state type (state-*.html), states-language.net/spec.html, and AWS's answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from treadle.asl.machine import Language

STATE_TYPES: Final = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
LANGUAGES: Final[tuple[Language, Language]] = ("JSONPath", "JSONata")
SECONDS: Final = 99_999_999
LONGEST_DELAY: Final = 31_622_400
MAX_NAME: Final = 80
MAX_LABEL: Final = 40


class Field(Struct, frozen=True):
    """One field of one kind of object.

    `kind` names the reader of its value. `attribute` is where the model keeps it (None: checked, then forgotten).
    `language` None means both. `evaluated`: in JSONata the value may be an expression. `sees`: the members of
    `$states` its expressions may use besides `input` and `context`. `low`, `high`, `values` narrow the kind.
    """

    name: str
    kind: str
    attribute: str | None = None
    language: Language | None = None
    required: bool = False
    evaluated: bool = False
    sees: frozenset[str] = frozenset()
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()


class Table(Struct, frozen=True):
    """All fields of one kind of object in one query language.

    `required` is in the order in which AWS names missing fields: that of a java.util.HashSet, as in its templates.
    Of each group in `exclusive` at most one field may stand, of each in `one_of` exactly one. `foreign` are the names
    that exist only in the other language.
    """

    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    foreign: frozenset[str] = frozenset()


_RESULT = frozenset({"result"})
_ERROR = frozenset({"errorOutput"})


def _path(name: str, attribute: str | None, kind: str = "path") -> Field:
    return Field(name, kind, attribute, "JSONPath")


def _count(name: str, attribute: str | None, low: float, high: float | None = None) -> Field:
    return Field(name, "integer", attribute, evaluated=True, low=low, high=high)


_COMMENT = Field("Comment", "string", "comment")
_NOTE = Field("Comment", "string")
_EVERY = (
    Field("Type", "string", required=True),
    _COMMENT,
    Field("QueryLanguage", "one_of", values=LANGUAGES),
)
_IN_OUT = (_path("InputPath", "input_path", "nullable_path"), _path("OutputPath", "output_path", "nullable_path"))
_GOES_ON = (Field("Next", "string", "next"), Field("End", "boolean"))
_DATA = (Field("Assign", "assign", "assign"), Field("Output", "template", "output", "JSONata"))
_WORK = (
    Field("Assign", "assign", "assign", sees=_RESULT),
    Field("Output", "template", "output", "JSONata", sees=_RESULT),
    Field("ResultSelector", "template", "result_selector", "JSONPath"),
    Field("ResultPath", "reference", "result_path", "JSONPath"),
    Field("Retry", "retriers", "retry"),
    Field("Catch", "catchers", "catch"),
)
_ARGUMENTS = (
    Field("Parameters", "template", "parameters", "JSONPath"),
    Field("Arguments", "template", "parameters", "JSONata"),
)

_STATES: Final[Mapping[str, tuple[Field, ...]]] = MappingProxyType(
    {
        "Task": (
            *_EVERY,
            *_GOES_ON,
            *_IN_OUT,
            *_ARGUMENTS,
            *_WORK,
            Field("Resource", "resource", "resource", required=True),
            _count("TimeoutSeconds", "timeout", 1, SECONDS),
            _path("TimeoutSecondsPath", "timeout_path"),
            _count("HeartbeatSeconds", "heartbeat", 1, SECONDS),
            _path("HeartbeatSecondsPath", "heartbeat_path"),
            Field("Credentials", "credentials", "credentials"),
        ),
        "Wait": (
            *_EVERY,
            *_GOES_ON,
            *_IN_OUT,
            *_DATA,
            _count("Seconds", "seconds", 0, SECONDS),
            _path("SecondsPath", "seconds_path"),
            Field("Timestamp", "timestamp", "timestamp", evaluated=True),
            _path("TimestampPath", "timestamp_path"),
        ),
        "Pass": (
            *_EVERY,
            *_GOES_ON,
            *_IN_OUT,
            *_DATA,
            Field("Result", "json", "result", "JSONPath"),
            Field("Parameters", "template", "parameters", "JSONPath"),
            Field("ResultPath", "reference", "result_path", "JSONPath"),
        ),
        "Succeed": (*_EVERY, *_IN_OUT, Field("End", "boolean"), Field("Output", "template", "output", "JSONata")),
        "Fail": (
            *_EVERY,
            Field("End", "boolean"),
            Field("Error", "string", "error", evaluated=True),
            _path("ErrorPath", "error_path", "path_or_intrinsic"),
            Field("Cause", "string", "cause", evaluated=True),
            _path("CausePath", "cause_path", "path_or_intrinsic"),
        ),
        "Choice": (
            *_EVERY,
            *_IN_OUT,
            *_DATA,
            Field("Choices", "rules", "choices", required=True),
            Field("Default", "string", "default"),
        ),
        "Parallel": (
            *_EVERY,
            *_GOES_ON,
            *_IN_OUT,
            *_ARGUMENTS,
            *_WORK,
            Field("Branches", "branches", "branches", required=True),
        ),
        "Map": (
            *_EVERY,
            *_GOES_ON,
            *_IN_OUT,
            *_WORK,
            Field("ItemProcessor", "processor", "processor"),
            Field("Iterator", "processor", "processor"),
            Field("Items", "items", "items", "JSONata"),
            _path("ItemsPath", "items_path"),
            Field("ItemSelector", "template", "item_selector"),
            Field("Parameters", "template", "item_selector", "JSONPath"),
            _count("MaxConcurrency", "max_concurrency", 0),
            _path("MaxConcurrencyPath", "max_concurrency_path"),
            Field("ItemReader", "item_reader", "item_reader"),
            Field("ItemBatcher", "item_batcher", "item_batcher"),
            Field("ResultWriter", "result_writer", "result_writer"),
            Field("Label", "label", "label"),
            _count("ToleratedFailureCount", "tolerated_count", 0),
            _path("ToleratedFailureCountPath", "tolerated_count_path"),
            Field("ToleratedFailurePercentage", "number", "tolerated_percentage", evaluated=True, low=0, high=100),
            _path("ToleratedFailurePercentagePath", "tolerated_percentage_path"),
        ),
    }
)
_EXCLUSIVE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "Task": (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
        "Fail": (("Error", "ErrorPath"), ("Cause", "CausePath")),
        "Map": (
            ("ItemSelector", "Parameters"),
            ("MaxConcurrency", "MaxConcurrencyPath"),
            ("ToleratedFailureCount", "ToleratedFailureCountPath"),
            ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
        ),
    }
)
_ONE_OF: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "Wait": (("Seconds", "SecondsPath", "Timestamp", "TimestampPath"),),
        "Map": (("ItemProcessor", "Iterator"),),
    }
)


def _table(
    rows: Iterable[Field],
    language: Language,
    exclusive: tuple[tuple[str, ...], ...] = (),
    one_of: tuple[tuple[str, ...], ...] = (),
) -> Table:
    """The rows that hold in `language`. Groups keep their names of both languages: a foreign one is refused anyway."""
    rows = tuple(rows)
    own = {row.name: row for row in rows if row.language in (None, language)}
    return Table(
        MappingProxyType(own),
        tuple(row.name for row in own.values() if row.required),
        exclusive,
        tuple(tuple(name for name in group if name in own) for group in one_of),
        frozenset(row.name for row in rows if row.name not in own),
    )


Tables = Mapping[Language, Table]


def _both(
    *rows: Field, exclusive: tuple[tuple[str, ...], ...] = (), one_of: tuple[tuple[str, ...], ...] = ()
) -> Tables:
    return MappingProxyType({language: _table(rows, language, exclusive, one_of) for language in LANGUAGES})


STATES: Final[Mapping[str, Tables]] = MappingProxyType(
    {
        name: _both(*rows, exclusive=_EXCLUSIVE.get(name, ()), one_of=_ONE_OF.get(name, ()))
        for name, rows in _STATES.items()
    }
)
MACHINE: Final = _both(
    _COMMENT,
    Field("States", "states", "states", required=True),
    Field("StartAt", "string", "start", required=True),
    Field("TimeoutSeconds", "integer", "timeout", low=1, high=SECONDS),
    Field("Version", "one_of", "version", values=("1.0",)),
    Field("QueryLanguage", "one_of", values=LANGUAGES),
)
BRANCH: Final = _both(
    _NOTE,
    Field("States", "states", "states", required=True),
    Field("StartAt", "string", "start", required=True),
)
PROCESSOR: Final = _both(
    _NOTE,
    Field("ProcessorConfig", "processor_config"),
    Field("States", "states", "states", required=True),
    Field("StartAt", "string", "start", required=True),
)
PROCESSOR_CONFIG: Final = _both(
    _NOTE,
    Field("Mode", "one_of", "mode", values=("INLINE", "DISTRIBUTED")),
    Field("ExecutionType", "one_of", "execution_type", values=("STANDARD", "EXPRESS")),
)
RETRIER: Final = _both(
    _NOTE,
    Field("ErrorEquals", "errors", "errors", required=True),
    Field("IntervalSeconds", "integer", "interval", low=0, high=SECONDS),
    Field("MaxAttempts", "integer", "attempts", low=0, high=SECONDS),
    Field("BackoffRate", "number", "backoff", low=1),
    Field("MaxDelaySeconds", "integer", "max_delay", low=1, high=LONGEST_DELAY),
    Field("JitterStrategy", "one_of", "jitter", values=("FULL", "NONE")),
)
CATCHER: Final = _both(
    _NOTE,
    Field("Next", "string", "next", required=True),
    Field("ErrorEquals", "errors", "errors", required=True),
    Field("ResultPath", "reference", "result_path", "JSONPath"),
    Field("Assign", "assign", "assign", sees=_ERROR),
    Field("Output", "template", "output", "JSONata", sees=_ERROR),
)
# The part of a Choice rule beside its test; in JSONPath the test itself is read by OPERATORS.
RULE: Final = _both(
    _NOTE,
    Field("Condition", "condition", "condition", "JSONata", required=True),
    Field("Next", "string", "next", required=True),
    Field("Assign", "assign", "assign"),
    Field("Output", "template", "output", "JSONata"),
)
ITEM_READER: Final = _both(
    _NOTE,
    Field("Resource", "reader_resource", required=True),
    Field("Parameters", "template", None, "JSONPath"),
    Field("Arguments", "template", None, "JSONata"),
    Field("ReaderConfig", "reader_config"),
)
READER_CONFIG: Final = _both(
    _NOTE,
    Field("InputType", "one_of", values=("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")),
    Field("Transformation", "one_of", values=("NONE", "LOAD_AND_FLATTEN")),
    Field("ManifestType", "one_of", values=("S3_INVENTORY", "ATHENA_DATA")),
    Field("CSVDelimiter", "one_of", values=("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")),
    Field("CSVHeaderLocation", "one_of", values=("FIRST_ROW", "GIVEN")),
    Field("CSVHeaders", "strings", evaluated=True),
    Field("ItemsPointer", "string", evaluated=True),
    _count("MaxItems", None, 0),
    _path("MaxItemsPath", None),
    exclusive=(("MaxItems", "MaxItemsPath"),),
)
ITEM_BATCHER: Final = _both(
    _NOTE,
    _count("MaxItemsPerBatch", None, 1),
    _path("MaxItemsPerBatchPath", None),
    _count("MaxInputBytesPerBatch", None, 1, 262_144),
    _path("MaxInputBytesPerBatchPath", None),
    Field("BatchInput", "template"),
    exclusive=(
        ("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
        ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
    ),
)
RESULT_WRITER: Final = _both(
    _NOTE,
    Field("Resource", "writer_resource"),
    Field("Parameters", "template", None, "JSONPath"),
    Field("Arguments", "template", None, "JSONata"),
    Field("WriterConfig", "writer_config"),
)
WRITER_CONFIG: Final = _both(
    _NOTE,
    Field("Transformation", "one_of", values=("NONE", "COMPACT", "FLATTEN")),
    Field("OutputType", "one_of", values=("JSON", "JSONL")),
)


def _operators() -> dict[str, str]:
    comparisons = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
    operators = {"StringMatches": "string", "BooleanEquals": "boolean", "BooleanEqualsPath": "path"}
    for prefix, kind in (("String", "string"), ("Numeric", "number"), ("Timestamp", "timestamp")):
        for comparison in comparisons:
            operators[prefix + comparison] = kind
            operators[f"{prefix}{comparison}Path"] = "path"
    return operators | dict.fromkeys(
        ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"), "boolean"
    )


# The 39 comparisons of a JSONPath Choice rule -> the kind of their operand; beside them And, Or and Not.
OPERATORS: Final[Mapping[str, str]] = MappingProxyType(_operators())
# Fields that only a distributed Map can obey.
DISTRIBUTED_ONLY: Final = ("ItemReader", "ItemBatcher", "ResultWriter")
