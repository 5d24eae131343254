# SPDX-License-Identifier: Apache-2.0
"""The words of ODRL 2.2, of its AI vocabulary (a draft), and of our own profile, with what they are in our terms.

Two tables decide what an action means. A *yes* is read in the narrowest sense its word can have and a *no* in the
widest, because doubt always counts for the holder: `odrl:data-mining` permitted is mining and nothing else, and
prohibited it is every act that the AI vocabulary includes in it.

    ODRL 2.2           https://www.w3.org/TR/odrl-model/, https://www.w3.org/TR/odrl-vocab/
    AI vocabulary      https://w3c.github.io/odrl/ai-vocab/ (an early draft, as of August 2026)
    our profile        `contexts/profile.ttl`; `docs/odrl.md` for people
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kyodaku.rights import ACTS, ALL

__all__ = [
    "ACTION_OF",
    "AI_VOCABULARY",
    "ANYONE_IRI",
    "BASE",
    "CONTEXT",
    "COUNTRY_IRIS",
    "DONE_WITH_THE_USE",
    "DUTY_ACTIONS",
    "FULFIL",
    "KYO",
    "MEET_BEFORE",
    "NO",
    "ODRL",
    "ODRL_CONTEXTS",
    "OPERANDS",
    "POLICY_TYPES",
    "PROFILE",
    "PROFILES",
    "RDF",
    "STATEMENTS",
    "UNSUPPORTED_TYPES",
    "WITHDRAWN",
    "WORKS_OF_ASSIGNER",
    "XSD",
    "YES",
    "meant",
    "short",
]

ODRL: Final = "http://www.w3.org/ns/odrl/2/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

KYO: Final = "https://kyodaku.example/ns#"
"""Our own terms; the host is a placeholder, and nothing is ever asked of it."""

PROFILE: Final = "https://kyodaku.example/ns/odrl-profile"
CONTEXT: Final = "https://kyodaku.example/ns/odrl.jsonld"
BASE: Final = "https://kyodaku.example/id/"
"""What stands before our ids to make them IRIs: `film-1` is `https://kyodaku.example/id/film-1`."""

AI_VOCABULARY: Final = "https://w3c.github.io/odrl/ai-vocab/"
ODRL_CONTEXTS: Final = ("http://www.w3.org/ns/odrl.jsonld", "https://www.w3.org/ns/odrl.jsonld")
PROFILES: Final = frozenset({PROFILE, AI_VOCABULARY, f"{ODRL}core", ODRL})
"""Profiles whose terms are known here; a policy of any other must not be processed (ODRL, 3.2)."""

# --- policies --------------------------------------------------------------------------------------------------------
POLICY_TYPES: Final = {f"{ODRL}{name}": name for name in ("Agreement", "Offer", "Set", "Policy")}
UNSUPPORTED_TYPES: Final = {f"{ODRL}{name}": name for name in ("Assertion", "Privacy", "Request", "Ticket")}

STATEMENTS: Final = {f"{KYO}{name.capitalize()}": name for name in ("refusal", "reservation", "objection")}
"""What kind of no a prohibition is, where a policy says so."""

ANYONE_IRI: Final = f"{KYO}anyone"
WORKS_OF_ASSIGNER: Final = f"{KYO}allWorks"

# --- actions ---------------------------------------------------------------------------------------------------------
ACTION_OF: Final = {
    "collect": f"{KYO}collect",
    "mine": f"{KYO}mine",
    "train": f"{KYO}train",
    "fine_tune": f"{KYO}fineTune",
    "input": f"{ODRL}ai-augment",
    "index": f"{ODRL}index",
    "generate": f"{KYO}generate",
    "publish": f"{KYO}publish",
    ALL: f"{KYO}anyUse",
}
"""How an act is written: in a word that means exactly that act.

`odrl:data-mining` and `odrl:gen-ai` do not: the one includes training, the other fine-tuning, so that writing a yes in
them would make it larger.
"""

_EXACT: Final = {iri: (act,) for act, iri in ACTION_OF.items()}

YES: Final = {
    **_EXACT,
    f"{ODRL}data-mining": ("mine",),
    f"{ODRL}gen-ai": ("train",),
    f"{ODRL}search": ("index",),
}
"""What a permitted action permits; any other is refused, `odrl:use` and `odrl:ai-training` among them."""

_PUBLISHING: Final = ("display", "distribute", "give", "lend", "play", "present", "sell", "share", "stream", "transfer")

NO: Final = {
    **_EXACT,
    f"{ODRL}use": (ALL,),
    f"{ODRL}data-mining": ("fine_tune", "input", "mine", "train"),
    f"{ODRL}ai-training": ("fine_tune", "train"),
    f"{ODRL}gen-ai": ("fine_tune", "train"),
    f"{ODRL}search": ("index",),
    **dict.fromkeys((f"{ODRL}{name}" for name in _PUBLISHING), ("publish",)),
}
"""What a prohibited action prohibits; any other is read as every act."""

# --- duties ----------------------------------------------------------------------------------------------------------
MEET_BEFORE: Final = f"{KYO}meetBefore"
"""The action of a duty that is one of our conditions, in words."""
FULFIL: Final = f"{KYO}fulfil"
"""The action of an obligation that is one of our duties, in words."""
WITHDRAWN: Final = f"{KYO}regardAsWithdrawn"
"""The action of the obligation that a revocation is: its target is the earlier statement."""

DUTY_ACTIONS: Final = frozenset(
    f"{ODRL}{name}"
    for name in (
        "acceptTracking", "aggregate", "annotate", "anonymize", "archive", "attachPolicy", "attachSource", "attribute",
        "compensate", "delete", "digitize", "display", "distribute", "ensureExclusivity", "include", "inform",
        "install", "modify", "nextPolicy", "obtainConsent", "pay", "present", "print", "read", "reproduce",
        "reviewPolicy", "shareAlike", "transform", "translate", "uninstall", "watermark",
    )
)  # fmt: skip
"""Actions of the ODRL vocabulary that can be somebody's duty; a person reads them."""

DONE_WITH_THE_USE: Final = frozenset({f"{ODRL}attribute", f"{ODRL}inform"})
"""Duties of a permission that can only be fulfilled in the use, or after it; any other comes before (ODRL, 2.6.5)."""

# --- constraints -----------------------------------------------------------------------------------------------------
OPERANDS: Final = {
    f"{ODRL}purpose": "purposes",
    f"{ODRL}spatial": "territories",
    f"{KYO}model": "models",
    f"{KYO}media": "media",
}
"""Left operands that are a dimension of ours, besides `odrl:dateTime`."""

COUNTRY_IRIS: Final = (
    "https://www.iso.org/obp/ui/#iso:code:3166:",
    "http://www.itu.int/tML/tML-ISO-3166:",
)
"""What stands before a country's code in its IRI; we write the first."""

_PREFIXES: Final = {ODRL: "odrl:", KYO: "kyo:", RDF: "rdf:", XSD: "xsd:"}


def meant(iri: str, known: Iterable[str]) -> str:
    """A hint for a word without its prefix, which JSON-LD takes for a reference: `gen-ai` for `odrl:gen-ai`."""
    name = iri.rpartition("/")[2].rpartition("#")[2]
    found = next((f"{namespace}{name}" for namespace in (ODRL, KYO) if f"{namespace}{name}" in set(known)), None)
    return "" if found is None else f"did you mean {short(found)}?"


def short(iri: str) -> str:
    """An IRI as people know it: `odrl:gen-ai`; others as they are."""
    for namespace, prefix in _PREFIXES.items():
        if iri.startswith(namespace):
            return prefix + iri.removeprefix(namespace)
    return iri


assert ACTION_OF.keys() == {*ACTS, ALL}
