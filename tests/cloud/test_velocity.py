"""Mapping templates: Velocity as API Gateway uses it."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.cloud.velocity import TemplateError, render


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain 100% #1 $5 a@b", "plain 100% #1 $5 a@b"),
        ("$name ${name}s $!name", "Ann Anns Ann"),
        ("$none ${none} $!none.", "$none ${none} ."),
        ("$map $list $map.b[0] $map.get('a') $list.size()", "{a=1, b=[x, y]} [1, 2] x 1 2"),
        ("#set($x = 1 + 2 * 3)$x #set($s = 'a' + 'b')$s", "7 ab"),
        ("#set($t = \"hi $name\")$t #set($u = 'hi $name')$u", "hi Ann hi $name"),
        ("#set($m = {'k': [1, true, null]})$m", "{k=[1, true, null]}"),
        ("#if($name == 'Bob')1#elseif($list.size() > 1 && !$none)2#{else}3#end", "2"),
        ("#if($none)1#{else}2#end", "2"),
        ("#foreach($k in $map.keySet())$k#if($foreach.hasNext), #end#end", "a, b"),
        ("#foreach($i in [1..3])$velocityCount$i #end", "11 22 33 "),
        ("a## gone\nb#* gone\ntoo *#c", "abc"),
        ("$name.toUpperCase().replaceAll('N+', 'm') $name.substring(1)", "Am nn"),
        ("#set($map.c = 2)$map.c", "2"),
    ],
)
def test_a_template_gives_its_text(template: str, text: str) -> None:
    variables: dict[str, Any] = {"name": "Ann", "map": {"a": 1, "b": ["x", "y"]}, "list": [1, 2]}
    assert render(template, variables) == text


@pytest.mark.parametrize("template", ["#if($a)x", "#set($a)", "#foreach($a)#end", "#end", "#if($a == )x#end", "${a"])
def test_a_template_that_cannot_be_read_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, {})
