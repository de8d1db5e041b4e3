"""The other AWS services: moto in a process of its own, made durable, behind the server's one port."""

from treadle.cloud.process import Cloud
from treadle.cloud.routing import attribute

__all__ = ["Cloud", "attribute"]
