"""Treadle: run AWS Step Functions workflows anywhere."""

__version__ = "0.1.0"
