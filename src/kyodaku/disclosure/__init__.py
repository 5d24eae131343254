# SPDX-License-Identifier: Apache-2.0
"""Disclosure: what the law or a customer asks about training data, from the same record that decided on it.

```python
from kyodaku.disclosure import Answers, facts_of, fill_in, write_disclosure

facts = facts_of(Path("cleared"), workspace.registry)
form = fill_in("eu-summary", facts, Answers())
[field.question for field in form.open]        # what nobody has stated yet
write_disclosure(form, Path("disclosure"))
```

Nothing is invented: a field is on the run's record, or in the developer's answers, or visibly not stated.
"""

from __future__ import annotations

from kyodaku.disclosure.answers import Answer, Answers, Question, load_answers, question_file, questions
from kyodaku.disclosure.document import Disclosure, Item, Line, Open, Section, Table
from kyodaku.disclosure.facts import Amount, BasisAmount, Facts, HolderAmount, facts_of
from kyodaku.disclosure.forms import FORMS, fill_in, questions_of
from kyodaku.disclosure.joining import facts_of_all, runs_of_model
from kyodaku.disclosure.writing import as_page, write_disclosure

__all__ = [
    "FORMS",
    "Amount",
    "Answer",
    "Answers",
    "BasisAmount",
    "Disclosure",
    "Facts",
    "HolderAmount",
    "Item",
    "Line",
    "Open",
    "Question",
    "Section",
    "Table",
    "as_page",
    "facts_of",
    "facts_of_all",
    "fill_in",
    "load_answers",
    "question_file",
    "questions",
    "questions_of",
    "runs_of_model",
    "write_disclosure",
]
