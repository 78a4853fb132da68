"""From a function to a command: bundles become options, errors become exit codes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_type_hints

import typer

from headcount.cli.exits import Exit, complain, exit_code
from headcount.cli.options import Bundle
from headcount.errors import HeadcountError

Command = Callable[..., Exit]


def expanded(command: Command) -> Callable[..., None]:
    """Return a function for typer: each bundle it takes stands there as its options.

    The exit code that `command` returns becomes the process's; an error of this package is
    told on standard error and becomes the exit code that fits it.
    """
    hints = get_type_hints(command, include_extras=True)
    bundles: dict[str, type[Bundle]] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        hint = hints[parameter.name]
        if isinstance(hint, type) and issubclass(hint, Bundle):
            bundles[parameter.name] = hint
            parameters += _options(hint)
        else:
            parameters.append(
                parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY)
            )

    def run(**values: Any) -> None:
        for name, kind in bundles.items():
            names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
            values[name] = kind(**{each: values.pop(each) for each in names})
        try:
            code = command(**values)
        except HeadcountError as error:
            complain(error)
            code = exit_code(error)
        raise typer.Exit(code)

    run.__doc__ = flowing(command.__doc__ or "")
    run.__name__ = command.__name__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def flowing(text: str) -> str:
    """Return a docstring with each paragraph on one line, so that a terminal can fold it."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _options(bundle: type[Bundle]) -> list[inspect.Parameter]:
    hints = get_type_hints(bundle, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(bundle)  # type: ignore[arg-type]
    ]
