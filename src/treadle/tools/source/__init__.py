"""Definitions as texts: read with the place of every value, and edited so that the formatting stays.

    document = read('{"StartAt": "A", "States": {...}}', "machine.asl.json")
    document.node("/States/A/Next").start
    apply(document.text, [insert(document, "/States/A", "TimeoutSeconds", 60)])

`find` gets the definitions out of Terraform, CloudFormation, SAM, CDK and Serverless files. docs/lint.md says which.
"""

from treadle.tools.source.edit import Edit, append, apply, insert, remove, rename, replace
from treadle.tools.source.fill import filled
from treadle.tools.source.find import Deployment, Found, find, is_definition, read
from treadle.tools.source.hcl import read_hcl
from treadle.tools.source.jsonsource import read_json
from treadle.tools.source.nodes import Document, Member, Node, Problem, escape, steps, unescape

__all__ = [
    "Deployment",
    "Document",
    "Edit",
    "Found",
    "Member",
    "Node",
    "Problem",
    "append",
    "apply",
    "escape",
    "filled",
    "find",
    "insert",
    "is_definition",
    "read",
    "read_hcl",
    "read_json",
    "remove",
    "rename",
    "replace",
    "steps",
    "unescape",
]
