# SPDX-License-Identifier: Apache-2.0
"""The invented characters of the four films."""

from __future__ import annotations

from kyodaku.demo.art.clothes import Clothes
from kyodaku.demo.art.faces import Look
from kyodaku.demo.art.people import Person

__all__ = ["AKANE", "CAPTAIN", "HINA", "NAGI", "REI", "SORA"]

NAGI = Person(
    look=Look(style="bob"),
    clothes=Clothes(cut="raincoat", main="#f4c542", shade="#d1952c", trim="#7a3b1e", legs="#3b4a78", shoes="#c8473a"),
)
"""The lighthouse keeper's granddaughter."""

CAPTAIN = Person(
    look=Look(
        skin="#f0c4a0",
        skin_shade="#d69a78",
        hair="#e9ecf2",
        hair_shade="#b9c2d4",
        hair_shine="#ffffff",
        eyes="#4a7890",
        eyes_deep="#1c3850",
        style="short",
        lashes=0.6,
        brows=2.2,
        beard=True,
    ),
    clothes=Clothes(
        cut="captain",
        main="#2d3f6b",
        shade="#1e2b4e",
        trim="#e8c060",
        legs="#26304c",
        shoes="#1c1a28",
        hat="peaked",
        hat_colour="#27365e",
    ),
)
"""An old sailor who is late."""

SORA = Person(
    look=Look(
        hair="#a4582a",
        hair_shade="#74361a",
        hair_shine="#e09a58",
        eyes="#3aa864",
        eyes_deep="#124a34",
        style="spiky",
        lashes=0.7,
        brows=1.5,
    ),
    clothes=Clothes(cut="shirt", main="#fbfbff", shade="#cdd8ee", trim="#3a7ad0", legs="#2f4a80", shoes="#f2f2f2"),
)
"""A boy on his way to the last stop."""

HINA = Person(
    look=Look(
        hair="#6b3f2c", hair_shade="#4a281e", hair_shine="#c08a5c", eyes="#4a7ae0", eyes_deep="#1a2a7a", style="long"
    ),
    clothes=Clothes(
        cut="dress",
        main="#ffffff",
        shade="#d3def2",
        trim="#5aa8e8",
        legs="#ffe0cf",
        shoes="#e06a5a",
        hat="straw",
        hat_colour="#f3d48a",
    ),
)
"""The girl who is the tram's only other passenger."""

AKANE = Person(
    look=Look(
        hair="#3a2230", hair_shade="#26141f", hair_shine="#8d5468", eyes="#d83a52", eyes_deep="#5c1024", style="long"
    ),
    clothes=Clothes(
        cut="miko",
        main="#fffaf2",
        shade="#dccfd2",
        trim="#d8342e",
        legs="#f2ece4",
        shoes="#8a2a22",
        hat="ribbon",
        hat_colour="#e8453a",
    ),
)
"""She sweeps the shrine and winds up the fox."""

REI = Person(
    look=Look(
        skin="#f6d4c8",
        skin_shade="#d79fae",
        hair="#2fb5b0",
        hair_shade="#167a82",
        hair_shine="#9cf0e0",
        eyes="#e05aa8",
        eyes_deep="#6a1a5a",
        style="short",
    ),
    clothes=Clothes(
        cut="rider",
        main="#3a3150",
        shade="#241d38",
        trim="#ff4f8a",
        legs="#2a2740",
        shoes="#e8e4f4",
        hat="goggles",
        hat_colour="#7ae8ff",
    ),
)
"""A courier who has never lost a parcel."""
