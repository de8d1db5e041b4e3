"""The linter: what AWS would refuse, and what an expert would say, with fixes that keep the text's formatting.

    for finding in check(read(text, "machine.asl.json")):
        print(finding.rule, finding.message)

A rule is a row of `table.RULES` and a function over the parsed machine; docs/rules/ has a page for each.
"""

from treadle.tools.lint.check import check, mended
from treadle.tools.lint.rule import Finding, Fix, Rule, Severity
from treadle.tools.lint.table import BY_ID, RULES

__all__ = ["BY_ID", "RULES", "Finding", "Fix", "Rule", "Severity", "check", "mended"]
