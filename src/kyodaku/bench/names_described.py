# SPDX-License-Identifier: Apache-2.0
"""Invented characters with traits, and prompts that describe them in other words without their name.

Each feature is written twice: as a holder would register it, and as somebody who has seen the character would put it.
Entries and prompts are drawn from the same features, so the shares measured here are an upper bound: real people also
leave out, add and mistake features. Half of the features are ordinary ones; a prompt mentions
four to six of ten.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from kyodaku.names import Entry, Name, Trait
from kyodaku.names.entry import TraitGroup

__all__ = ["Described", "described"]

_FEATURES: Final[dict[TraitGroup, tuple[str, ...]]] = {
    "body": (
        "emerald green scales = covered in scales of emerald green",
        "three curled horns = horns, three of them, curled",
        "a single amber eye = one big amber eye",
        "bushy striped tail = a striped tail that is all bushy",
        "translucent jelly body = body like translucent jelly",
        "freckled round cheeks = round cheeks full of freckles",
        "long silver braid = silver hair in a long braid",
        "crooked beak = its beak is crooked",
        "glowing antennae = antennae that glow at the tips",
        "mossy fur = fur overgrown and mossy",
        "wooden left leg = left leg made of wood",
        "purple spiky hair = hair that is purple and spiky",
        "scar across the nose = nose with a scar on it",
        "webbed feet = feet webbed like a duck",
        "copper skin with rivets = riveted copper skin",
        "feathered ears = ears covered with feathers",
        "gap-toothed grin = grins showing the gap in the teeth",
        "lavender wings = wings of pale lavender",
        "porcelain mask face = face hidden behind a porcelain mask",
        "tiny potbelly = a tiny round potbelly",
    ),
    "dress": (
        "patched yellow raincoat = raincoat, yellow and patched",
        "pointed crimson hat = crimson hat with a point",
        "oversized aviator goggles = aviator goggles far too big",
        "tartan kilt = kilt in tartan",
        "velvet waistcoat with brass buttons = brass-buttoned velvet waistcoat",
        "rope belt = rope tied as a belt",
        "mismatched socks = socks that are mismatched",
        "fur-lined parka = parka lined with fur",
        "turquoise scarf = scarf of bright turquoise",
        "acorn cap helmet = helmet made from an acorn cap",
        "pinstripe pyjamas = pyjamas with pinstripes",
        "straw sandals = sandals woven of straw",
        "sailor collar = collar of a sailor",
        "gilded epaulettes = epaulettes, gilded",
        "leaf cloak = cloak sewn from leaves",
        "rubber boots with stars = starry rubber boots",
        "moth-eaten tailcoat = tailcoat eaten by moths",
        "bandaged wrists = wrists wrapped in bandages",
        "bell collar = collar with a bell",
        "tin crown = crown cut from tin",
    ),
    "prop": (
        "umbrella sword = sword hidden in an umbrella",
        "lantern full of fireflies = fireflies in a lantern",
        "accordion = plays an accordion",
        "giant spoon = spoon as tall as a giant",
        "pocket telescope = telescope from a pocket",
        "ladder on the back = back carrying a ladder",
        "talking teapot = teapot that keeps talking",
        "clockwork beetle = beetle run by clockwork",
        "kite made of maps = kite glued from old maps",
        "jar of buttons = buttons in a jar",
        "broken violin = violin that is broken",
        "chalk staff = staff of white chalk",
        "paper boat = boat folded from paper",
        "rusty key ring = ring of rusty keys",
        "snow globe = globe with snow inside",
        "anchor hammer = hammer shaped like an anchor",
        "pumpkin cart = cart carved from a pumpkin",
        "harpoon = harpoon over a shoulder",
        "compass without needle = needleless compass",
        "weather vane = vane for the weather",
    ),
    "place": (
        "lives in a lighthouse = home is a lighthouse",
        "village on stilts = stilts under a whole village",
        "floating library = library that floats",
        "abandoned tram depot = tram depot long abandoned",
        "mushroom forest = forest of huge mushrooms",
        "salt desert = desert white with salt",
        "clock tower attic = attic of a clock tower",
        "underwater greenhouse = greenhouse deep underwater",
        "glass volcano = volcano of glass",
        "bakery on wheels = bakery rolling on wheels",
    ),
    "relation": (
        "raised by herons = herons raised the child",
        "twin of a robot = a robot for a twin",
        "apprentice of a beekeeper = beekeeper and apprentice",
        "rival postman = a postman as rival",
        "rides a snail = snail ridden like a horse",
        "seven hedgehog siblings = siblings, seven hedgehogs",
        "befriends a thundercloud = thundercloud for a friend",
        "guards a sleeping whale = guarding the whale that sleeps",
        "feud with a scarecrow = scarecrow feud",
        "sister of the moth queen = the moth queen's sister",
    ),
}
_ORDINARY: Final[dict[TraitGroup, tuple[str, ...]]] = {
    "body": (
        "yellow fur = fur that is yellow",
        "round black ears = ears round and black",
        "red cheeks = cheeks of red",
        "blue skin = skin all blue",
        "spiky blond hair = blond hair in spikes",
        "long white beard = white beard, very long",
        "green eyes = eyes of green",
        "pink nose = small pink nose",
        "long tail = a tail, long and thin",
        "brown fur = soft brown fur",
        "big round eyes = eyes round and big",
        "short black hair = black hair cut short",
    ),
    "dress": (
        "red cap = a cap in red",
        "blue overalls = overalls of blue cloth",
        "white gloves = gloves, white ones",
        "orange jumpsuit = jumpsuit in orange",
        "black cape = cape of black",
        "red shorts = shorts in red",
        "straw hat = hat of straw",
        "blue dress = dress in blue",
        "green scarf = scarf, green",
        "brown boots = boots of brown leather",
        "white shirt = shirt in white",
        "yellow jacket = jacket in yellow",
    ),
    "prop": (
        "golden sword = sword of gold",
        "magic wand = wand that does magic",
        "wooden stick = stick of wood",
        "red balloon = balloon in red",
        "round shield = shield that is round",
        "old book = a book, very old",
    ),
    "place": (
        "lives in the sea = home in the sea",
        "lives in the forest = home in the forest",
        "castle on a hill = hill with a castle",
        "small village = a village, small",
        "school on an island = island school",
    ),
    "relation": (
        "has a little brother = with a brother",
        "best friend is a dog = a dog as best friend",
        "travels with a cat = cat comes along",
        "lost parents = parents who are lost",
        "trained by an old master = old master who trains",
    ),
}
"""What very many characters, and very many prompts of no character at all, have too."""
_TAKEN: Final[dict[TraitGroup, int]] = {"body": 3, "dress": 3, "prop": 2, "place": 1, "relation": 1}
_OPENINGS: Final = ("a character, ", "3d animation of somebody with ", "a short clip: ", "cartoon creature, ")
_ENDINGS: Final = (", walking through the rain", ", cinematic light", ", slow motion, 4k", ", smiling at the camera")


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """A prompt that describes this work."""

    prompt: str
    work: str


def described(count: int, prompts: int, seed: int = 0) -> tuple[list[Entry], list[Described]]:
    """So many characters, and so many prompts about the first of them."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    entries, asked = [], []
    for number in range(count):
        chosen = [
            (group, feature.split(" = ")) for group, taken in _TAKEN.items() for feature in _drawn(group, taken, chance)
        ]
        traits = tuple(Trait(text={"en": said[0]}, group=group) for group, said in chosen)
        work = f"described-{number}"
        entries.append(
            Entry(work=work, kind="character", names=(Name(text=f"Nameless {number:04d} Qx"),), traits=traits)
        )
        if number < prompts:
            told = chance.sample([said[1] for _, said in chosen], chance.randint(4, 6))
            asked.append(
                Described(prompt=chance.choice(_OPENINGS) + ", ".join(told) + chance.choice(_ENDINGS), work=work)
            )
    return entries, asked


def _drawn(group: TraitGroup, count: int, chance: random.Random) -> list[str]:
    """Features of one kind, each as likely to be ordinary as to be the character's own."""
    pools = [chance.choice((_FEATURES, _ORDINARY))[group] for _ in range(count)]
    return list(dict.fromkeys(chance.choice(pool) for pool in pools))
