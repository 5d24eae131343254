# SPDX-License-Identifier: Apache-2.0
"""TDMRep: the site's file, and the policy in ODRL under which a licence to mine is to be had."""

from __future__ import annotations

import json
from typing import Any

from kyodaku.signals.writing.terms import Terms

__all__ = ["tdm_policy", "tdmrep_file"]


def tdmrep_file(terms: Terms, *, policy: str | None) -> bytes:
    """`/.well-known/tdmrep.json`: mining is reserved, with the policy's address, or it is not."""
    rule: dict[str, Any] = {"location": terms.path, "tdm-reservation": int(terms.is_denied("mine"))}
    if policy is not None and terms.is_denied("mine"):
        rule["tdm-policy"] = policy
    return (json.dumps([rule], ensure_ascii=False, indent=2) + "\n").encode()


def tdm_policy(terms: Terms, *, uid: str) -> bytes:
    """An ODRL 2.2 Offer after TDMRep's profile: mining, once consent was obtained beforehand."""
    assigner: dict[str, str] = {"uid": terms.site or uid}
    assigner |= {"vcard:fn": terms.holder} if terms.holder else {}
    if terms.contact is not None:
        is_mail = terms.contact.startswith("mailto:")
        assigner["vcard:hasEmail" if is_mail else "vcard:hasURL"] = terms.contact
    if terms.offers is not None:
        assigner["vcard:hasURL"] = terms.offers
    duties = [{"action": "obtainConsent"}] + ([{"action": "compensate"}] if terms.of("mine") == "constrained" else [])
    policy = {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld"],
        "@type": "Offer",
        "profile": "http://www.w3.org/ns/tdmrep",
        "uid": uid,
        "assigner": assigner,
        "permission": [{"target": f"urn:kyodaku:work:{terms.work}", "action": "tdm:mine", "duty": duties}],
    }
    return (json.dumps(policy, ensure_ascii=False, indent=2) + "\n").encode()
