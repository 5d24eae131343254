# SPDX-License-Identifier: Apache-2.0
"""What every report is written on: the template's environment, its macros, and the style."""

from __future__ import annotations

from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

__all__ = ["style", "template"]

_HERE = __package__


def template(package: str, name: str) -> Template:
    """A template of a package; whatever is put into it is escaped, and a name that it lacks is an error."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda wanted: _text(_HERE if wanted == "macros.html.j2" else package, wanted)),
    )
    return environment.get_template(name)


def style(*more: tuple[str, str]) -> Markup:
    """The style of every report, and after it that of other packages, each as (package, file)."""
    return Markup("\n".join(_text(package, name) for package, name in ((_HERE, "report.css"), *more)))  # noqa: S704 - our own files, whose quotes must stay quotes


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
