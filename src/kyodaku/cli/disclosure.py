# SPDX-License-Identifier: Apache-2.0
"""The command `disclose`: what is asked about training data, from a finished run and a few answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import Exit, emit_json, out, plain, shown
from kyodaku.disclosure import (
    FORMS,
    Answers,
    Disclosure,
    facts_of_all,
    fill_in,
    load_answers,
    question_file,
    questions_of,
    runs_of_model,
    write_disclosure,
)
from kyodaku.errors import UsageError
from kyodaku.workspace import Workspace

__all__ = ["disclose"]


@click.command(
    "disclose", epilog="Example:  kyodaku disclose cleared --form eu-summary -o disclosure --answers answers.yaml"
)
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=click.Path(file_okay=False, path_type=Path))
@click.option("--model", metavar="MODEL", help="All runs that this model is recorded to be trained on: its id or name.")
@click.option(
    "--form", "forms", multiple=True, type=click.Choice(FORMS), help="May be repeated; by default all of them."
)
@click.option("-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path), help="Where to write.")
@click.option(
    "--answers", "answers_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.yaml",
    help="What the record cannot know; see --questions.",
)  # fmt: skip
@click.option("--questions", "ask", is_flag=True, help="Print the questions as a file to fill in, and write nothing.")
@click.option(
    "--language", type=click.Choice(["en", "ja"]), default="en", show_default=True,
    help="The language that the pages open in.",
)  # fmt: skip
@workspace_option
@json_option
def disclose(
    *,
    runs: tuple[Path, ...],
    model: str | None,
    forms: tuple[str, ...],
    folder: Path | None,
    answers_file: Path | None,
    ask: bool,
    language: str,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> int:
    """Fill in what is asked about training data: of RUN, the folder that a finished 'clear' wrote, or of several.

    Writes each form as a page in English and Japanese, as Markdown, and as JSON. What the record cannot know is asked
    for (--questions), and stands there as not stated until it is answered.
    """
    chosen = tuple(dict.fromkeys(forms)) or FORMS
    if ask:
        click.echo(plain(question_file(name for form in chosen for name in questions_of(form))), nl=False)
        return Exit.DONE
    if not (runs or model) or folder is None:
        hint = "or name a model with --model, or ask with --questions"
        raise UsageError("name the run's folder, and where to write with -o", hint=hint)
    if runs and model:
        raise UsageError("name runs or a model, not both", hint="a model's runs are recorded: see `kyodaku runs list`")
    answers = Answers() if answers_file is None else load_answers(answers_file)
    with open_workspace() as workspace:
        facts = facts_of_all(runs or runs_of_model(str(model), workspace.registry), workspace.registry)
    filled = [fill_in(form, facts, answers) for form in chosen]
    written = {form.form: write_disclosure(form, folder, language=language) for form in filled}
    if as_json:
        emit_json(
            {
                "run": facts.run,
                "runs": [each.run for each in facts.each],
                "forms": [_summary(form, written[form.form]) for form in filled],
            }
        )
        return Exit.DONE
    for form in filled:
        _tell(form, written[form.form])
    return Exit.DONE


def _summary(form: Disclosure, files: tuple[Path, ...]) -> dict[str, object]:
    return {
        "form": form.form,
        "files": [str(path) for path in files],
        "open": [each.question for each in form.open],
    }


def _tell(form: Disclosure, files: tuple[Path, ...]) -> None:
    count = len(form.open)
    still = (
        "every field is stated" if not count else f"{count} fields not stated" if count > 1 else "1 field not stated"
    )
    page = next(path for path in files if path.suffix == ".html")
    out().print(f"{form.form}: {still}  {shown(str(page))}", soft_wrap=True)
