# SPDX-License-Identifier: Apache-2.0
"""The policies of a document, as statements, with what holds for a policy as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from kyodaku.registry._codec import canonical, digest
from kyodaku.registry.odrl._duties import actions_of, obligation
from kyodaku.registry.odrl._faults import Findings, Place
from kyodaku.registry.odrl._graph import Graph, Text
from kyodaku.registry.odrl._parties import node_id
from kyodaku.registry.odrl._rules import Rule, Statement
from kyodaku.registry.odrl._side import POLICY_PROPERTIES, RULES, TYPE, Side, describes, is_policy
from kyodaku.registry.odrl.terms import (
    KYO,
    ODRL,
    POLICY_TYPES,
    PROFILES,
    STATEMENTS,
    UNSUPPORTED_TYPES,
    WITHDRAWN,
    short,
)
from kyodaku.rights import ALL, ANYONE

__all__ = ["read_policies"]

_ELSEWHERE: Final = {
    f"{ODRL}inheritFrom": "the rules that it inherits are not here: write them out in it",
    "http://purl.org/dc/terms/isReplacedBy": "another policy stands in its place: import that one",
    "http://purl.org/dc/terms/replaces": "withdraw the earlier statement by a revocation, and leave this out",
}
"""Properties that make a policy depend on another document, so that it cannot be read for itself."""
_LEFT_ALONE: Final = frozenset(f"{ODRL}{name}" for name in ("partOf", "uid"))
"""What a node may say that no policy reaches."""
_INVERSE: Final = tuple(f"{ODRL}{name}" for name in ("hasPolicy", "assignerOf", "assigneeOf"))
_CONFLICTS: Final = {f"{ODRL}perm": "perm", f"{ODRL}prohibit": "prohibit", f"{ODRL}invalid": "invalid"}
_ID_DIGITS: Final = 10


def read_policies(graph: Graph, findings: Findings, base: str) -> list[Statement]:
    """Every statement of the document, in its order; what is wrong goes to `findings`."""
    nodes = [node for node in graph.properties if is_policy(graph, node)]
    if not nodes:
        findings.fault(Place(() if graph.prepared else None), "no ODRL policy is in here", "a policy has permissions")
    found = [statement for node in nodes for statement in _Policy(graph, findings, node, base).statements()]
    _find_strays(graph, findings, nodes)
    return sorted(found, key=lambda said: ([_order(step) for step in said.place.path or ()], canonical(said.fields)))


def _order(step: str | int) -> tuple[int, str]:
    """The items of a list in their order, the keys of an object by name; a graph has no order of its own."""
    return (step, "") if isinstance(step, int) else (-1, step)


@dataclass(frozen=True, slots=True)
class _Policy:
    graph: Graph
    findings: Findings
    node: str
    base: str

    def statements(self) -> list[Statement]:
        kind = self._kind()
        if kind is None:
            return []
        permissions, prohibitions, obligations = (self._rules(name) for name in RULES)
        withdrawals = [node for node in obligations if self._withdraws(node)]
        side = self._side(strict=bool(permissions or withdrawals))
        self._check(side)
        duties = [obligation(node, side, self.node) for node in obligations if node not in withdrawals]
        lines = [line for line in duties if line is not None]
        no = self._kind_of_no(side, has_noes=bool(prohibitions), withdraws=bool(withdrawals))
        yeses = [made for node in permissions for made in self._rule(node).yes(_YES_KINDS[kind], lines)]
        noes = [made for node in prohibitions for made in self._rule(node, strict=False).no(no, lines)]
        gone = [made for node in withdrawals for made in self._rule(node, word="withdrawal").withdrawal(lines)]
        if not (permissions or prohibitions or withdrawals):
            self._fault(None, "a policy without a permission or a prohibition", "it says nothing about uses")
        self._check_conflicts(yeses, noes)
        return self._named([*yeses, *noes, *gone])

    # --- the policy's own words ---------------------------------------------------------------------------------------

    def _kind(self) -> str | None:
        types = [kind for kind in self.graph.values(self.node, TYPE) if isinstance(kind, str)]
        refused = next((UNSUPPORTED_TYPES[kind] for kind in types if kind in UNSUPPORTED_TYPES), None)
        if refused is not None:
            hint = "Agreement, Offer and Set are read"
            self._fault(TYPE, f"a policy of the type {refused} is no statement of a holder to anybody", hint)
            return None
        kinds = {POLICY_TYPES[kind] for kind in types if kind in POLICY_TYPES} - {"Policy", "Set"}
        if len(kinds) > 1:
            self._fault(TYPE, "an Agreement that is an Offer too", "ODRL allows one of them (2.1)")
        return min(kinds, default="Set")

    def _rules(self, name: str) -> list[str]:
        found = []
        for value in self.graph.values(self.node, f"{ODRL}{name}"):
            if isinstance(value, Text) or value not in self.graph.properties:
                what = f"the rule {str(value)!r} is not in this document"
                self._fault(f"{ODRL}{name}", what, "write it out here")
            elif value not in found:
                found.append(value)
        return found

    def _withdraws(self, node: str) -> bool:
        side = Side(self.graph, Findings(), strict=True)
        return any(iri == WITHDRAWN for iri, _ in actions_of(node, side))

    def _kind_of_no(self, side: Side, *, has_noes: bool, withdraws: bool) -> str:
        if f"{KYO}statement" not in self.graph.predicates(self.node):
            return "refusal"
        value = side.one(self.node, f"{KYO}statement")
        fits = has_noes if str(value) in STATEMENTS else withdraws and value == f"{KYO}Revocation"
        if value is not None and not fits:
            side.odd(self._place(f"{KYO}statement"), f"{short(str(value))} is not what this policy states")
        return STATEMENTS.get(str(value), "refusal")

    def _check(self, side: Side) -> None:
        for name, hint in _ELSEWHERE.items():
            if name in self.graph.predicates(self.node):
                self._fault(name, f"{name.rpartition('/')[2]} makes it depend on another policy", hint)
        for profile in self.graph.values(self.node, f"{ODRL}profile"):
            if str(profile) not in PROFILES:
                what = f"the profile {profile} is not known here, so its words may mean anything"
                side.odd(self._place(f"{ODRL}profile"), what, f"known: {', '.join(sorted(PROFILES))}")
        side.nothing_else(self.node, (*POLICY_PROPERTIES, *_ELSEWHERE))
        side.types(self.node, POLICY_TYPES)

    # --- conflicts ----------------------------------------------------------------------------------------------------

    def _check_conflicts(self, yeses: list[Statement], noes: list[Statement]) -> None:
        """A yes and a no that meet: here the no always counts, which ODRL must allow, and time must not undo."""
        meeting = [(yes, no) for yes in yeses for no in noes if _meet(yes, no, ("acts", "to"))]
        values = {str(value) for value in self.graph.values(self.node, f"{ODRL}conflict")}
        strategy = _CONFLICTS.get(next(iter(values), f"{ODRL}invalid")) if len(values) < 2 else None
        if strategy is None and yeses and noes:
            self._fault(f"{ODRL}conflict", "a conflict strategy that is not understood", "write prohibit")
        for yes, no in meeting:
            if strategy == "invalid" and _meet(yes, no, ("works",)):
                what = (
                    "a permission and a prohibition of the same act, by which ODRL makes the whole policy void (2.10)"
                )
                self.findings.fault(no.place, what, 'say "conflict": "prohibit" if the prohibition is to count')
            elif strategy == "perm" and _meet(yes, no, ("works",)):
                self.findings.remark(no.place, "it counts against the permission, though the policy says perm")
            since, until = yes.fields.get("effective_from"), no.fields.get("effective_from")
            if since != until and (since is None or until is None or since > until):
                what = "a prohibition that begins before a permission of the same act, which would undo it"
                hint = "give both the same first moment (dateTime gteq), or leave it out of both"
                self.findings.fault(no.place, what, hint)

    # --- statements ---------------------------------------------------------------------------------------------------

    def _rule(self, node: str, *, strict: bool = True, word: str = "permission") -> Rule:
        side = self._side(strict=strict, word=word)
        return Rule(graph=self.graph, policy=self.node, node=node, side=side, base=self.base)

    def _named(self, statements: list[Statement]) -> list[Statement]:
        """A policy that is one statement gives it its id; of several, each gets its rule's, or one made from both."""
        key = node_id(self.node, self._side(strict=True), self.base)
        if len(statements) == 1 and key is not None:
            return [replace(each, fields={**each.fields, "id": key}) for each in statements]
        own = [each.fields.get("id") for each in statements]
        return [
            each
            if own.count(each.fields.get("id")) == 1 and "id" in each.fields
            else replace(each, fields=_with_id(each.fields, key))
            for each in statements
        ]

    def _side(self, *, strict: bool, word: str = "permission") -> Side:
        return Side(self.graph, self.findings, strict, word)

    def _place(self, predicate: str | None = None) -> Place:
        return self.graph.place(self.node, predicate)

    def _fault(self, predicate: str | None, what: str, hint: str) -> None:
        self.findings.fault(self._place(predicate), what, hint)


_YES_KINDS: Final = {"Agreement": "grant", "Offer": "offer", "Set": "offer"}
"""Only an Agreement grants (2.1.3); a Set names its rules in general, and is no more than an offer of them."""


def _with_id(fields: dict[str, Any], policy: str | None) -> dict[str, Any]:
    """An id from the policy's and the contents; without the policy's, none: the registry makes one."""
    stated = {name: value for name, value in fields.items() if name != "id"}
    if policy is None:
        return stated
    return {"id": f"{policy}#{digest(canonical(stated))[:_ID_DIGITS]}", **stated}


def _meet(one: Statement, other: Statement, dimensions: Iterable[str]) -> bool:
    """Whether two statements have something in common in each of these dimensions."""
    pairs = [({*one.fields.get(name, ())}, {*other.fields.get(name, ())}) for name in dimensions]
    return all(not {ALL, ANYONE}.isdisjoint(ours | theirs) or not ours.isdisjoint(theirs) for ours, theirs in pairs)


# --- what belongs to no policy ---------------------------------------------------------------------------------------
def _find_strays(graph: Graph, findings: Findings, policies: list[str]) -> None:
    """Rules, constraints and the like that no policy reaches: somebody meant them to count."""
    reached = _reached(graph, policies)
    for node in graph.properties:
        for predicate in graph.predicates(node) if node not in reached else ():
            if predicate in _INVERSE:
                stray = any(value not in policies for value in graph.values(node, predicate))
            else:
                stray = predicate.startswith((ODRL, KYO)) and predicate not in _LEFT_ALONE
            if stray:
                what = f"{short(predicate)} here belongs to no policy of this document"
                findings.fault(graph.place(node, predicate), what, "put it into one, or leave it out")


def _reached(graph: Graph, policies: list[str]) -> set[str]:
    reached, queue = set(policies), list(policies)
    while queue:
        node = queue.pop()
        found = {value for value in _below(graph, node) if value not in reached}
        reached |= found
        queue.extend(found)
    return reached


def _below(graph: Graph, node: str) -> Iterator[str]:
    """What a node is made of; what describes it is not part of it."""
    for predicate in graph.predicates(node):
        for value in graph.values(node, predicate) if not describes(predicate) else ():
            if isinstance(value, str):
                yield value
