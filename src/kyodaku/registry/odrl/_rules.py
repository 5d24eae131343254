# SPDX-License-Identifier: Apache-2.0
"""One rule of a policy, as statements: a permission as a yes, a prohibition as a no, a withdrawal as a revocation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kyodaku.registry.odrl._constraints import SCOPE_OF_WITHDRAWAL, read_constraints
from kyodaku.registry.odrl._duties import actions_of, condition_or_duty
from kyodaku.registry.odrl._faults import Place
from kyodaku.registry.odrl._graph import Graph, Text, Value
from kyodaku.registry.odrl._ids import id_of
from kyodaku.registry.odrl._parties import Names, node_id
from kyodaku.registry.odrl._side import Side
from kyodaku.registry.odrl.terms import KYO, NO, ODRL, RDF, WITHDRAWN, YES, meant, short
from kyodaku.rights import ALL, ANYONE

__all__ = ["Rule", "Statement"]

_SHARED: Final = {
    "assigner": f"{ODRL}assignerOf",
    "assignee": f"{ODRL}assigneeOf",
    "target": f"{ODRL}hasPolicy",
    "action": "",
}
"""What a policy may state for all its rules (2.7.1), and the property by which a party or asset says it of itself."""

_FLAGS: Final = ("sublicence", "exclusive")
_ALWAYS: Final = tuple(f"{ODRL}{name}" for name in (*_SHARED, "constraint"))
_OF_A_YES: Final = (f"{ODRL}duty", *(f"{KYO}{name}" for name in (*_FLAGS, "under")))
_OF_A_NO: Final = (f"{KYO}statedCondition",)
_OF_A_WITHDRAWAL: Final = (*_OF_A_NO, f"{KYO}effect")
"""What each kind of rule may state."""

_EFFECTS: Final = {f"{KYO}forward": "forward", f"{KYO}purge": "purge"}
_INSTEAD: Final = {
    f"{ODRL}use": "it says nothing about AI: name the acts, such as kyo:train or odrl:gen-ai",
    f"{ODRL}ai-training": "it does not say whether models that generate are meant: odrl:gen-ai or kyo:train does",
    f"{ODRL}grantUse": "that the assignee may license others is said with kyo:sublicence",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement as a registry file states it, and where each of its fields stands."""

    fields: dict[str, Any]
    place: Place
    within: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule `node` of `policy`."""

    graph: Graph
    policy: str
    node: str
    side: Side
    base: str

    def yes(self, kind: str, duties: Iterable[str]) -> list[Statement]:
        """A permission, as grants or offers (`kind`), one for each assigner."""
        assignees = self._stated("assignee")
        if not assignees and kind == "grant":
            hint = "an Agreement has one (2.1.3); for everybody name kyo:anyone"
            self.side.odd(self.graph.place(self.node), "no assignee", hint)
        self._only(_OF_A_YES, "Permission")
        conditions, duty_lines = self._duties()
        scope = self._scope()
        fields = {
            "acts": self._acts_permitted(),
            **scope,
            "conditions": sorted({*conditions, *scope["conditions"]}),
            "duties": sorted({*duty_lines, *duties}),
            **{flag: self.side.flag(self.node, f"{KYO}{flag}") for flag in _FLAGS},
            "under": self._under(),
        }
        return self._made(kind, fields, assignees, self._works())

    def no(self, kind: str, duties: Iterable[str]) -> list[Statement]:
        """A prohibition, as statements of this kind, one for each assigner."""
        self._only(_OF_A_NO, "Prohibition")
        acts = self._acts_prohibited()
        fields = {"acts": acts, **self._scope(), "conditions": self._in_words(), "duties": sorted(duties)}
        return self._made(kind, fields, self._stated("assignee"), self._works())

    def withdrawal(self, duties: Iterable[str]) -> list[Statement]:
        """An obligation to regard an earlier statement as withdrawn, as a revocation."""
        self._only(_OF_A_WITHDRAWAL, "Duty")
        for iri, node in self._actions():
            self.side.nothing_else(node, (f"{RDF}value",))
            if iri != WITHDRAWN:
                self.side.odd(self._place_of_action(), f"the action {short(iri)} beside {short(WITHDRAWN)}")
        targets = self._stated("target")
        target = targets[0] if len(set(targets)) == 1 else None
        key = id_of(target, self.base) if isinstance(target, str) and not target.startswith("_:") else None
        if key is None:
            place = self.graph.place(self.node, f"{ODRL}target" if targets else None)
            self.side.odd(place, "a withdrawal names one earlier statement as its target")
        fields = {
            **self._scope(withdrawal=True),
            "conditions": self._in_words(),
            "duties": sorted(duties),
            "revokes": key,
            "effect": self._effect(),
        }
        return self._made("revocation", fields, self._stated("assignee"), [])

    def _only(self, terms: Iterable[str], kind: str) -> None:
        self.side.nothing_else(self.node, (*_ALWAYS, *terms))
        self.side.types(self.node, (f"{ODRL}{kind}", f"{ODRL}Rule"))

    # --- what the rule states -----------------------------------------------------------------------------------------

    def _stated(self, name: str) -> tuple[Value, ...]:
        """Values that the rule states, the policy for all its rules, and parties and assets of the policy."""
        own = self.graph.values(self.node, f"{ODRL}{name}")
        shared = self.graph.values(self.policy, f"{ODRL}{name}")
        inverse = self.graph.holders(_SHARED[name], self.policy) if _SHARED[name] else ()
        return tuple(dict.fromkeys((*own, *shared, *inverse)))

    def _actions(self) -> list[tuple[str, str]]:
        return [*actions_of(self.node, self.side), *actions_of(self.policy, self.side)]

    def _acts_permitted(self) -> list[str]:
        acts: set[str] = set()
        for iri, node in self._actions():
            self.side.nothing_else(node, (f"{RDF}value",))
            if iri in YES:
                acts.update(YES[iri])
            else:
                understood = f"understood: {', '.join(short(known) for known in YES)}"
                hint = _INSTEAD.get(iri) or meant(iri, YES) or understood
                self.side.odd(self._place_of_action(), f"the action {short(iri)} is not understood here", hint)
        if not self._actions():
            self.side.odd(self.graph.place(self.node), "no action")
        return [ALL] if ALL in acts else sorted(acts)

    def _acts_prohibited(self) -> list[str]:
        acts: set[str] = set()
        for iri, node in self._actions():
            self.side.nothing_else(node, (f"{RDF}value",))
            if iri not in NO:
                place = self._place_of_action()
                self.side.odd(place, f"which act the action {short(iri)} is (every act is taken to be meant)")
            acts.update(NO.get(iri, (ALL,)))
        if not acts:
            self.side.odd(self.graph.place(self.node), "no action (every act is taken to be meant)")
        return [ALL] if ALL in acts or not acts else sorted(acts)

    def _place_of_action(self) -> Place:
        stated = self.graph.values(self.node, f"{ODRL}action")
        return self.graph.place(self.node if stated else self.policy, f"{ODRL}action")

    def _works(self) -> list[str]:
        values = self._stated("target")
        works = Names(self.side, self.base).works(self.node, values)
        if not values:
            self.side.odd(self.graph.place(self.node), "no target")
        return works or ([] if self.side.strict else [ALL])

    def _scope(self, *, withdrawal: bool = False) -> dict[str, Any]:
        nodes = self.graph.values(self.node, f"{ODRL}constraint")
        return read_constraints(nodes, self.side, self.node, self.base, withdrawal=withdrawal).fields()

    def _duties(self) -> tuple[list[str], list[str]]:
        found: dict[str, set[str]] = {"conditions": set(), "duties": set()}
        for each in self.graph.values(self.node, f"{ODRL}duty"):
            told = condition_or_duty(each, self.side, self.node)
            if told is not None:
                found[told[0]].add(told[1])
        return sorted(found["conditions"]), sorted(found["duties"])

    def _effect(self) -> str | None:
        if f"{KYO}effect" not in self.graph.predicates(self.node):
            return None
        value = self.side.one(self.node, f"{KYO}effect")
        if value is not None and str(value) not in _EFFECTS:
            self.side.odd(self.graph.place(self.node, f"{KYO}effect"), f"the effect {value} is not understood")
        return _EFFECTS.get(str(value))

    def _under(self) -> str | None:
        if f"{KYO}under" not in self.graph.predicates(self.node):
            return None
        value = self.side.one(self.node, f"{KYO}under")
        key = id_of(value, self.base) if isinstance(value, str) and not value.startswith("_:") else None
        if key is None and value is not None:
            self.side.odd(self.graph.place(self.node, f"{KYO}under"), "kyo:under is not the IRI of a statement")
        return key

    def _in_words(self) -> list[str]:
        """What a no states as its conditions, for the record: they do not make it smaller."""
        values = self.graph.values(self.node, f"{KYO}statedCondition")
        return sorted({value.text for value in values if isinstance(value, Text)})

    # --- statements ---------------------------------------------------------------------------------------------------

    def _made(
        self, kind: str, fields: Mapping[str, Any], assignees: tuple[Value, ...], works: list[str]
    ) -> list[Statement]:
        names = Names(self.side, self.base)
        stated = {"kind": kind, "to": names.parties(self.node, assignees) or [ANYONE], "works": works, **fields}
        stated = {name: value for name, value in stated.items() if value}
        own = node_id(self.node, self.side, self.base)
        if own is not None:
            stated["id"] = own
        within = {
            name: self._place_of(predicate)
            for name, predicate in (("by", "assigner"), ("to", "assignee"), ("works", "target"), ("acts", "action"))
        }
        return [
            Statement(fields={**stated, "by": speaker}, place=self.graph.place(self.node), within=within)
            for speaker in names.speakers(self.node, self._stated("assigner"))
        ]

    def _place_of(self, name: str) -> Place:
        holder = self.node if self.graph.values(self.node, f"{ODRL}{name}") else self.policy
        return self.graph.place(holder, f"{ODRL}{name}")


assert set(SCOPE_OF_WITHDRAWAL.values()) == {"acts", "works"}
