"""Least privilege: the IAM policy that a definition needs, and how the role in a Terraform project compares with it."""

from treadle.tools.policy.grants import Comparison, Grant, Role, compare, roles
from treadle.tools.policy.needs import Need, Setting, needs
from treadle.tools.policy.write import to_hcl, to_policy

__all__ = ["Comparison", "Grant", "Need", "Role", "Setting", "compare", "needs", "roles", "to_hcl", "to_policy"]
