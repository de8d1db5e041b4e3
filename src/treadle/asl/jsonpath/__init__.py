"""JSONPath as AWS Step Functions understands it: Jayway JsonPath 2.x, compiled once, followed many times."""

from treadle.asl.jsonpath.evaluate import java_text
from treadle.asl.jsonpath.parse import split
from treadle.asl.jsonpath.path import Path, PathMissing, Roots, compile, is_path, locate
from treadle.asl.jsonpath.reference import ReferencePath, compile_reference, is_reference
from treadle.asl.jsonpath.steps import PathError

__all__ = [
    "Path",
    "PathError",
    "PathMissing",
    "ReferencePath",
    "Roots",
    "compile",
    "compile_reference",
    "is_path",
    "is_reference",
    "java_text",
    "locate",
    "split",
]
