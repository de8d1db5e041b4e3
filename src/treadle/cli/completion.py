"""`treadle completion SHELL`: what a shell needs to complete commands and options, made from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from msgspec import Struct

SHELLS = ("bash", "zsh", "fish")


class Option(Struct, frozen=True):
    names: tuple[str, ...]
    help: str
    choices: tuple[str, ...]
    takes: bool  # a value
    files: bool  # which is a file
    again: bool = False  # may be given several times


class Verb(Struct, frozen=True):
    name: str
    help: str
    options: tuple[Option, ...]
    words: tuple[str, ...] = ()  # what may stand there without a dash, where it is one of a few


def add_completion(verb: argparse.ArgumentParser) -> None:
    verb.description = "Print the completion script of a shell. See docs/commands.md for where it goes."
    verb.add_argument("shell", choices=SHELLS)
    verb.set_defaults(act=complete)


def complete(options: argparse.Namespace) -> None:
    from treadle.cli.main import parser

    print(script(options.shell, parser()), end="")


def script(shell: str, top: argparse.ArgumentParser) -> str:
    make: dict[str, Callable[[list[Verb]], Iterator[str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    return "\n".join(make[shell](list(verbs(top)))) + "\n"


def verbs(top: argparse.ArgumentParser) -> Iterator[Verb]:
    """The commands as the parser has them."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {each.dest: each.help or "" for each in action._choices_actions}
            for name, parser in action.choices.items():
                yield Verb(name, helps.get(name, ""), tuple(_options(parser)), tuple(_words(parser)))


def _words(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if not action.option_strings and action.choices is not None:
            yield from map(str, action.choices)


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for action in parser._actions:
        if action.option_strings and action.help != argparse.SUPPRESS:
            takes = action.nargs != 0
            metavar = str(action.metavar or "")
            files = takes and any(word in metavar for word in ("FILE", "DIR", "OUT", "PATH", "EXECUTION"))
            help = " ".join((action.help or "").replace("%%", "%").split())
            choices = tuple(map(str, action.choices or ()))
            again = isinstance(action, argparse._AppendAction)
            yield Option(tuple(action.option_strings), help, choices, takes, files, again)


def _bash(found: list[Verb]) -> Iterator[str]:
    yield "# bash completion of treadle"
    yield "_treadle() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" verb="${COMP_WORDS[1]}"'
    yield "    COMPREPLY=()"
    yield '    if [ "$COMP_CWORD" -eq 1 ]; then'
    yield f'        COMPREPLY=($(compgen -W "{" ".join(verb.name for verb in found)} --help --version" -- "$word"))'
    yield "        return"
    yield "    fi"
    yield '    case "$verb $before" in'
    for verb in found:
        for option in verb.options:
            pattern = "|".join(f'"{verb.name} {name}"' for name in option.names)
            if option.choices:
                words = " ".join(option.choices)
                yield f'        {pattern}) COMPREPLY=($(compgen -W "{words}" -- "$word")); return ;;'
    yield "    esac"
    yield '    if [ "${word:0:1}" = "-" ]; then'
    yield '        case "$verb" in'
    for verb in found:
        names = " ".join(name for option in verb.options for name in option.names)
        yield f'            {verb.name}) COMPREPLY=($(compgen -W "{names}" -- "$word")) ;;'
    yield "        esac"
    yield "        return"
    yield "    fi"
    for verb in found:
        if verb.words:
            words = " ".join(verb.words)
            yield f'    if [ "$verb" = {verb.name} ]; then COMPREPLY=($(compgen -W "{words}" -- "$word")); return; fi'
    yield "    compopt -o filenames 2>/dev/null"
    yield '    COMPREPLY=($(compgen -f -- "$word"))'
    yield "}"
    yield "complete -F _treadle treadle"


def _zsh(found: list[Verb]) -> Iterator[str]:
    yield "#compdef treadle"
    yield "_treadle() {"
    yield "    local -a verbs"
    yield "    verbs=("
    for verb in found:
        yield f"        {_quoted(f'{verb.name}:{verb.help}')}"
    yield "    )"
    yield "    if (( CURRENT == 2 )); then"
    yield "        _describe command verbs"
    yield "        return"
    yield "    fi"
    yield "    local verb=$words[2]"
    yield "    shift words; (( CURRENT-- ))"
    yield "    case $verb in"
    for verb in found:
        yield f"        {verb.name})"
        specs = [spec for option in verb.options for spec in _specs(option)]
        yield "            _arguments \\"
        yield from (f"                {spec} \\" for spec in specs)
        rest = f"1:word:({' '.join(verb.words)})" if verb.words else "*:file:_files"
        yield f"                {_quoted(rest)}"
        yield "            ;;"
    yield "    esac"
    yield "}"
    # As a function on the path it is called at once; sourced, it is registered.
    yield 'if [ "$funcstack[1]" = "_treadle" ]; then _treadle "$@"; else compdef _treadle treadle; fi'


def _specs(option: Option) -> Iterator[str]:
    words = option.help.replace("[", "(").replace("]", ")").replace(":", " ")
    start = "*" if option.again else f"({' '.join(option.names)})"
    for name in option.names:
        value = ""
        if option.choices:
            value = f":value:({' '.join(option.choices)})"
        elif option.takes:
            value = ":file:_files" if option.files else ":value:"
        yield _quoted(f"{start}{name}[{words}]{value}")


def _fish(found: list[Verb]) -> Iterator[str]:
    names = " ".join(verb.name for verb in found)
    yield "# fish completion of treadle"
    for verb in found:
        condition = f"not __fish_seen_subcommand_from {names}"
        yield f"complete -c treadle -f -n {_quoted(condition)} -a {verb.name} -d {_quoted(verb.help)}"
    for verb in found:
        if verb.words:
            condition = f"__fish_seen_subcommand_from {verb.name}"
            yield f"complete -c treadle -f -n {_quoted(condition)} -a {_quoted(' '.join(verb.words))}"
        for option in verb.options:
            line = f"complete -c treadle -n '__fish_seen_subcommand_from {verb.name}'"
            for name in option.names:
                line += f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}"
            if option.choices:
                line += f" -x -a {_quoted(' '.join(option.choices))}"
            elif option.takes:
                line += " -r" if option.files else " -x"
            yield f"{line} -d {_quoted(option.help)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
