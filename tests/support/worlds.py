# SPDX-License-Identifier: Apache-2.0
"""Small random worlds of the law: works, who holds them, what was said, and a use; with everything a record may say.

Mostly plain, so that grants often hold and what spoils them is often one thing: a world in which everything is drawn
evenly permits one use in a hundred, and shows little.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from kyodaku.rights import (
    CIRCUMSTANCES,
    AlsoAct,
    Basis,
    Circumstances,
    Facts,
    Finding,
    Mandate,
    MoralRecord,
    Party,
    Permission,
    Proof,
    Share,
    Term,
    Use,
    Work,
)
from kyodaku.rights.vocabulary import LICENCE_LIMITS, RIGHTS
from support.law import day

__all__ = [
    "END",
    "NOES",
    "PARTIES",
    "WORKS",
    "circumstances",
    "cleared",
    "days",
    "morals",
    "places",
    "portions",
    "rulings",
    "statements",
    "uses",
    "worlds",
]

PARTIES: Final = ("ann", "ben", "cho", "guild", "lab")
WORKS: Final = ("film", "series", "manga", "song")
NOES: Final = ("refusal", "objection", "reservation")
END: Final = 10

_Drawn = TypeVar("_Drawn")


def _mostly(common: _Drawn, *others: _Drawn, often: int = 14) -> st.SearchStrategy[_Drawn]:
    return st.sampled_from([common] * often + list(others))


def _rarely(strategy: st.SearchStrategy[_Drawn]) -> st.SearchStrategy[_Drawn | None]:
    """One in ten."""
    return st.sampled_from(range(10)).flatmap(lambda drawn: strategy if drawn == 9 else st.none())


days = st.integers(0, END).map(day)
_early = st.integers(0, 3).map(day)
_moments = st.sampled_from(range(4)).flatmap(lambda drawn: days if drawn == 3 else _early)
places = _mostly(("world",), ("JP",), ("US",), ("JP", "US"), often=4)
_wide = _mostly(("world",), ("JP",), ("US",), ("JP", "US"), often=12)
portions = _mostly(None, Fraction(1, 3), Fraction(1, 2), Fraction(1, 2), Fraction(2, 3), Fraction(1), often=20)
_yes, _no = (st.sampled_from([first, first, first, not first]) for first in (True, False))
_stated = st.builds(
    Circumstances, **{name: st.sampled_from(["unstated", *words]) for name, words in CIRCUMSTANCES.items()}
)
_best = st.just(Circumstances(**{name: words[0] for name, words in CIRCUMSTANCES.items()}))
circumstances = st.sampled_from(range(4)).flatmap(
    lambda drawn: [st.just(Circumstances()), _best, _best, _stated][drawn]
)
morals = st.builds(
    MoralRecord,
    author=st.sampled_from(["ann", "lab", "Nao Mori"]),
    consent=_yes,
    acts=_mostly(("all",), ("generate",), ("publish", "train"), often=3),
    attribution=st.sampled_from(["", "N. Mori"]),
)
_rights = _rarely(st.sets(st.sampled_from(RIGHTS), min_size=1)).map(lambda drawn: tuple(drawn or {"all"}))
_holders = _mostly("ann", "ben", "ben", "cho", "lab", often=10)


def _later(since: datetime, until: datetime | None) -> datetime | None:
    return until if until is not None and until > since else None


@st.composite
def _shares(draw: st.DrawFn) -> Share:
    holder = draw(_holders)
    since = draw(_rarely(st.just(day(3))))
    source = draw(_rarely(st.sampled_from([name for name in PARTIES if name != holder])))
    return Share(
        party=holder,
        rights=draw(_rights),
        portion=draw(portions),
        territory=draw(_wide),
        valid_from=since,
        valid_until=_later(since or day(-1), draw(_rarely(days))),
        acquired_from=source if since else None,
        includes_27_28=draw(st.booleans()),
    )


def _terms(until: datetime, where: tuple[str, ...]) -> tuple[Term, ...]:
    return (Term(until=until, territory=where),)


@st.composite
def _works(draw: st.DrawFn, *, acyclic: bool) -> tuple[Work, ...]:
    made = []
    for number, name in enumerate(WORKS):
        others = [other for other in (WORKS[number + 1 :] if acyclic else (*WORKS, "lost")) if other != name]
        related = _rarely(st.sampled_from(others)) if others else st.none()
        terms: tuple[Term, ...] | None = draw(_rarely(st.builds(_terms, days, places)))
        made.append(
            Work(
                id=name,
                kind="film",
                part_of=tuple(filter(None, [draw(related)])),
                derived_from=tuple(filter(None, [draw(related)])),
                shares=tuple(draw(_shares()) for _ in range(draw(_mostly(1, 2, 2, 2, 3, 0, often=10)))),
                terms=terms or (),
                moral=tuple(draw(morals) for _ in range(draw(_mostly(1, 0, 2, often=4)))),
            ),
        )
    return tuple(made)


_kinds = _mostly("grant", *NOES, "revocation", "offer", often=10)
_about = _mostly(("all",), ("film",), ("film",), ("film", "series"), ("manga",), ("song",), often=4)


@st.composite
def statements(draw: st.DrawFn, kinds: st.SearchStrategy[str] = _kinds, name: str = "s") -> Permission:
    """A statement of one of the kinds; a revocation, and what the guild licenses, names one of `s-0` to `s-2`."""
    kind = draw(kinds)
    since = draw(_moments)
    other = f"s-{draw(st.integers(0, 2))}"
    by = draw(_mostly("ann", "ben", "ben", "guild", "guild", "cho", "lab", often=8))
    fields: dict[str, Any] = {}
    if kind == "revocation":
        fields = {"revokes": other, "effect": draw(st.sampled_from([None, "purge"]))}
    elif kind in {"grant", "offer"}:
        fields = {
            "sublicence": draw(_yes),
            "exclusive": draw(_no),
            "under": other if by == "guild" and other != name else None,
        }
    return Permission(
        id=name,
        kind=kind,
        by=by,
        to=draw(_mostly(("lab",), ("anyone",), ("anyone",), ("guild", "lab"), ("guild", "lab"), ("ben",), often=4)),
        works=draw(_about),
        acts=draw(_mostly(("all",), ("train",), ("generate", "train"), ("publish",))),
        purposes=draw(_mostly(("all",), ("research",))),
        territories=draw(_wide),
        models=draw(_mostly(("all",), ("video-1",), ("video-1@2",))),
        media=draw(_mostly(("all",), ("image",))),
        duties=draw(_mostly((), ("attribution",))),
        conditions=draw(_mostly((), ("the fee is paid",))),
        recorded_at=draw(_moments),
        effective_from=since,
        effective_until=_later(since, draw(_rarely(days))),
        proof=draw(_rarely(st.builds(Proof, kind=st.just("timestamp"), reference=st.just("tsa"), at=days))),
        **fields,
    )


@st.composite
def _pair(draw: st.DrawFn) -> tuple[Permission, ...]:
    """Two grants that have to do with each other: a licence and one under it, or an exclusive one and another."""
    grant = st.just("grant")
    above, below = draw(statements(kinds=grant, name="t-0")), draw(statements(kinds=grant, name="t-1"))
    holder = draw(st.sampled_from(["ann", "ben"]))
    above = replace(above, by=holder, under=None)
    if draw(st.booleans()):
        exclusive = replace(above, to=("ben",), exclusive=draw(_yes))
        return exclusive, replace(below, by=holder, to=("lab",), under=None)
    return replace(above, to=("guild",), sublicence=draw(_yes)), replace(below, by="guild", to=("lab",), under="t-0")


@st.composite
def _mandates(draw: st.DrawFn, name: str) -> Mandate:
    since = draw(_moments)
    return Mandate(
        id=name,
        agent="guild",
        principal=draw(st.sampled_from(["ann", "ben", "cho"])),
        may=draw(_mostly(("all",), ("grant",), ("objection", "refusal", "reservation", "revocation"), often=2)),
        acts=draw(_mostly(("all",), ("train",))),
        works=draw(_about),
        territories=draw(_wide),
        recorded_at=draw(_moments),
        valid_from=since,
        valid_until=_later(since, draw(_rarely(days))),
        revoked_at=draw(_rarely(days)),
    )


_claims = st.builds(
    Basis,
    kind=st.sampled_from(["grant", "own_work", "open_licence", "public_domain", "limitation"]),
    source=st.sampled_from(["", "s-0", "s-1", "nowhere"]),
    licence=st.none() | st.just("CC-BY-4.0"),
    owner=st.none() | st.just("lab"),
    duties=st.sampled_from([(), ("attribution",)]),
    limits=st.sets(st.sampled_from(LICENCE_LIMITS)).map(tuple),
    valid_from=_rarely(st.just(day(4))),
    valid_until=_rarely(st.just(day(8))),
)
rulings = st.builds(
    Basis,
    kind=st.just("ruling"),
    source=st.sampled_from(["", "r"]),
    number=_mostly("2026-3", None),
    fee=_mostly("120,000 JPY", None),
    works=_mostly(("film",), (), ("film", "manga"), ("song",), often=3),
    valid_from=_mostly(day(2), None),
    valid_until=_mostly(day(12), day(8), None),
)
_bases = st.sampled_from(range(9)).flatmap(lambda drawn: {7: _claims, 8: rulings}.get(drawn, st.none()))


@st.composite
def worlds(draw: st.DrawFn, *, acyclic: bool = True) -> Facts:
    """The facts of one medium; where they are not acyclic, no record of the registry could hold them."""
    said = tuple(draw(statements(name=f"s-{number}")) for number in range(draw(_mostly(3, 5, 7, 0, 1, 2, often=3))))
    if acyclic:
        kinds = {statement.id: statement.kind for statement in said}
        said = tuple(
            replace(s, under=s.under if s.under and s.under < s.id and kinds[s.under] == "grant" else None)
            for s in said
            if s.revokes is None or kinds.get(s.revokes, "revocation") != "revocation"
        )
        said = tuple(s for s in said if s.under is None or any(other.id == s.under for other in said))
    said += draw(st.sampled_from(range(4)).flatmap(lambda drawn: _pair() if drawn == 3 else st.just(())))
    return Facts(
        works=draw(_works(acyclic=acyclic)),
        parties=tuple(Party(id=party, name={"en": party.title()}) for party in PARTIES),
        mandates=tuple(draw(_mandates(f"m-{n}")) for n in range(draw(_mostly(0, 1, 2, often=2)))),
        permissions=said,
        found=tuple(
            Finding(work=name)
            for name in draw(_mostly(("film",), (), ("film", "manga"), ("film", "series"), ("song",)))
        ),
        basis=draw(_bases),
        examined=draw(_yes) or draw(_yes),
        matcher="pdq-v1",
        snapshot="snapshot-1",
        circumstances=draw(circumstances),
    )


uses = st.builds(
    Use,
    developer=st.just("lab"),
    act=_mostly("train", "generate", "publish", often=4),
    at=st.integers(5, END).map(day),
    purpose=_mostly("research", "all", often=3),
    model=_mostly("video-1", "all", "video-1@2"),
    territory=_mostly(("JP",), ("world",), ("US",), ("JP", "US"), often=3),
    media=_mostly(("image",), ("all",), ("video",)),
    also=_rarely(
        st.builds(AlsoAct, act=st.sampled_from(["collect", "publish"]), territory=st.none() | places).map(
            lambda a: (a,)
        )
    ).map(lambda also: also or ()),
    circumstances=circumstances,
)


# --- a use that everybody granted ------------------------------------------------------------------------------------

CLEARED_AT: Final = day(8)


@st.composite
def cleared(draw: st.DrawFn) -> tuple[Use, Facts]:
    """A use of a film, of its original, or of a song in it, that every holder granted in one way or another.

    Each grant is needed: nobody else speaks for its holder.
    """
    made: dict[str, list[Any]] = {"shares": [], "said": [], "mandates": []}
    use = Use(
        developer="lab",
        act=draw(st.sampled_from(["train", "collect", "fine_tune"])),
        at=CLEARED_AT,
        purpose="research",
        model="video-1@2",
        territory=draw(st.sampled_from([("JP",), ("JP", "US"), ("world",)])),
        media=("image",),
        circumstances=draw(_best),
    )
    names = draw(st.sampled_from([("film",), ("film", "manga"), ("film", "song")]))
    works = []
    for name in names:
        holders = [f"{name}-{number}" for number in range(draw(st.integers(1, 2)))]
        shares = tuple(draw(_granted(holder, name, use, made)) for holder in holders)
        if draw(st.booleans()):
            shares = tuple(replace(share, portion=Fraction(1, len(holders))) for share in shares)
        works.append(
            Work(
                id=name,
                kind="film",
                shares=shares,
                derived_from=("manga",) if name == "film" and "manga" in names else (),
                part_of=("film",) if name == "song" else (),
            )
        )
    return use, Facts(
        works=tuple(works),
        mandates=tuple(made["mandates"]),
        permissions=tuple(made["said"]),
        found=(Finding(work="film"),),
    )


@st.composite
def _granted(draw: st.DrawFn, holder: str, work: str, use: Use, made: dict[str, list[Any]]) -> Share:
    """The holder's share; what was said for it goes into `made`."""
    since, until = draw(_early), draw(st.sampled_from([None, day(9)]))
    grant = Permission(
        id=f"g-{holder}",
        kind="grant",
        by=holder,
        to=draw(st.sampled_from([("lab",), ("anyone",), ("lab", "other")])),
        works=(work,),
        acts=draw(st.sampled_from([("all",), (use.act,)])),
        purposes=draw(st.sampled_from([("all",), ("research", "study")])),
        territories=draw(st.sampled_from([("world",), use.territory])),
        models=draw(st.sampled_from([("all",), ("video-1@2",)])),
        media=draw(st.sampled_from([("all",), ("image", "video")])),
        duties=draw(st.sampled_from([(), ("report",)])),
        recorded_at=since,
        effective_from=draw(_early),
        effective_until=until,
    )
    how = draw(st.sampled_from(["own", "agent", "licensee", "former"]))
    speaker = holder if how == "own" else f"{how}-{holder}"
    if how == "agent":
        made["mandates"].append(
            Mandate(
                id=f"m-{holder}", agent=speaker, principal=holder, may=("all",), recorded_at=day(0), valid_from=day(0)
            )
        )
    if how == "licensee":
        made["said"].append(replace(grant, id=f"h-{holder}", to=(speaker,), sublicence=True))
        grant = replace(grant, under=f"h-{holder}")
    made["said"].append(replace(grant, by=speaker))
    if how == "former":
        return Share(party=holder, valid_from=day(4), acquired_from=speaker, includes_27_28=True)
    return Share(party=holder)
