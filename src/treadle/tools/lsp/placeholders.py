"""The names that infrastructure code fills in for `${name}`: read from the files around a definition."""

from __future__ import annotations

from pathlib import Path

from treadle.tools.lint.project import read_project

_FILES = ("*.tf", "template.y*ml", "serverless.y*ml")
_MOST = 40  # files that are read: more are no project of one workflow


def fillings(definition: Path) -> frozenset[str]:
    """The names given for this definition by Terraform, SAM or Serverless in its folder or the two above it."""
    folders = [each for each in (*definition.parents,)[:3] if each.is_dir()]
    files = [file for folder in folders for pattern in _FILES for file in sorted(folder.glob(pattern))][:_MOST]
    try:
        project = read_project(files)
    except OSError:
        return frozenset()
    makers = project.deployed.get(str(definition.resolve()), ())
    return frozenset(name for maker in makers for name in maker.substitutions or ())
