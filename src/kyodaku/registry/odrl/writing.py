# SPDX-License-Identifier: Apache-2.0
"""Statements, written as ODRL 2.2 policies in JSON-LD: one policy for each, in words that mean exactly what is said.

    grant                             an Agreement with a permission
    offer                             an Offer with a permission
    refusal, reservation, objection   a Set with a prohibition
    revocation                        a Set with the obligation to regard the earlier statement as withdrawn

What must be met before a use is a duty of the permission, which ODRL makes a pre-condition; what the use itself must
fulfil is an obligation of the policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kyodaku.registry._codec import as_text
from kyodaku.registry.odrl._ids import relative
from kyodaku.registry.odrl.terms import (
    ACTION_OF,
    AI_VOCABULARY,
    ANYONE_IRI,
    BASE,
    CONTEXT,
    FULFIL,
    MEET_BEFORE,
    ODRL_CONTEXTS,
    PROFILE,
    WITHDRAWN,
    WORKS_OF_ASSIGNER,
    short,
)
from kyodaku.rights import ALL, ANYONE, WORLD, Permission, RightsRecord

__all__ = ["policies", "policy"]

_TYPES: Final = {"grant": "Agreement", "offer": "Offer"}
_OPERANDS: Final = {"purposes": "purpose", "models": "model", "media": "kyo:media", "acts": "act", "works": "work"}


def policies(statements: RightsRecord | Iterable[Permission], *, base: str = BASE) -> dict[str, Any]:
    """A JSON-LD document with a policy for each statement, in the order of their ids."""
    if isinstance(statements, RightsRecord):
        statements = statements.permissions.values()
    ordered = sorted(statements, key=lambda each: each.id)
    return {
        "@context": [ODRL_CONTEXTS[0], CONTEXT, {"@base": base}],
        "@graph": [policy(each, base=base) for each in ordered],
    }


def policy(statement: Permission, *, base: str = BASE) -> dict[str, Any]:
    """One statement as a policy, without the context that gives its words their meaning."""
    made: dict[str, Any] = {
        "@type": _TYPES.get(statement.kind, "Set"),
        "uid": relative(statement.id, base, statement=True),
        "profile": [PROFILE, AI_VOCABULARY] if "input" in statement.acts else PROFILE,
        "conflict": "prohibit",
        "recordedAt": as_text(statement.recorded_at),
    }
    if statement.kind not in _TYPES:
        made["statement"] = statement.kind.capitalize()
    rule = _rule(statement, base)
    obligations = [_in_words(FULFIL, line) for line in statement.duties]
    if statement.kind in _TYPES:
        made["permission"] = [rule]
    elif statement.kind == "revocation":
        obligations.insert(0, rule)
    else:
        made["prohibition"] = [rule]
    return {**made, "obligation": obligations} if obligations else made


def _rule(statement: Permission, base: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "assigner": relative(statement.by, base),
        "assignee": _one_or_all([_party(each, base) for each in statement.to]),
    }
    if statement.revokes is None:
        works = [short(WORKS_OF_ASSIGNER) if each == ALL else relative(each, base) for each in statement.works]
        rule |= {"target": _one_or_all(works), "action": _one_or_all([_action(each) for each in statement.acts])}
    else:
        rule |= {"target": relative(statement.revokes, base, statement=True), "action": short(WITHDRAWN)}
    rule["constraint"] = _constraints(statement)
    if statement.conditions and statement.kind in _TYPES:
        rule["duty"] = [_in_words(MEET_BEFORE, line) for line in statement.conditions]
    elif statement.conditions:
        rule["statedCondition"] = list(statement.conditions)
    return rule | _terms(statement, base)


def _terms(statement: Permission, base: str) -> dict[str, Any]:
    """What ODRL lacks words for."""
    found: dict[str, Any] = {name: True for name in ("sublicence", "exclusive") if getattr(statement, name)}
    if statement.under is not None:
        found["under"] = relative(statement.under, base, statement=True)
    if statement.effect is not None:
        found["effect"] = statement.effect
    return found


def _constraints(statement: Permission) -> list[dict[str, Any]]:
    found = [_time("gteq", as_text(statement.effective_from))]
    if statement.effective_until is not None:
        found.append(_time("lt", as_text(statement.effective_until)))
    if WORLD not in statement.territories:
        places = [{"@id": f"iso3166:{code}"} for code in statement.territories]
        found.append(_compared("spatial", places))
    dimensions = ["purposes", "models", "media"] + (["acts", "works"] if statement.kind == "revocation" else [])
    for name in dimensions:
        words = getattr(statement, name)
        if ALL not in words:
            found.append(_compared(_OPERANDS[name], list(words)))
    return found


def _time(operator: str, moment: str) -> dict[str, Any]:
    value = {"@value": moment, "@type": "xsd:dateTime"}
    return {"leftOperand": "dateTime", "operator": operator, "rightOperand": value}


def _compared(operand: str, values: list[Any]) -> dict[str, Any]:
    operator = "eq" if len(values) == 1 else "isAnyOf"
    return {"leftOperand": operand, "operator": operator, "rightOperand": _one_or_all(values)}


def _in_words(action: str, line: str) -> dict[str, Any]:
    return {"action": short(action), "text": line}


def _party(key: str, base: str) -> str:
    return short(ANYONE_IRI) if key == ANYONE else relative(key, base)


def _action(act: str) -> str:
    return short(ACTION_OF[act])


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
