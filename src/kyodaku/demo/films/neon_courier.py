# SPDX-License-Identifier: Apache-2.0
"""`Neon Courier`: one night, one parcel, and a city that would like to have it back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PIL import Image

from kyodaku.demo.art import light, nature, weather
from kyodaku.demo.art.brush import INK, Brush, mix
from kyodaku.demo.art.creatures import robot
from kyodaku.demo.art.faces import Mood, blinking, sway
from kyodaku.demo.art.kit import Draw, Kit, Scene, ease, lerp, pulse
from kyodaku.demo.art.people import figure, portrait, running, standing, walking
from kyodaku.demo.art.town import block, neon
from kyodaku.demo.art.vehicles import bike, drone
from kyodaku.demo.cast import REI

__all__ = ["SCENES"]

SIGNS = (
    ("ラーメン", "#ff4f8a"),
    ("カラオケ", "#3ae8ff"),
    ("ホテル", "#ffb03a"),
    ("ゲーム", "#9a6aff"),
    ("スシ", "#5aff9a"),
    ("クスリ", "#ff5a4a"),
)
DUSK = ((0.0, "#0c0a24"), (0.45, "#2c1850"), (0.75, "#7a2a6a"), (1.0, "#e0567a"))


def _city(
    kit: Kit,
    name: str,
    w: float,
    *,
    low: float,
    high: float,
    y: float,
    wall: str,
    window: str,
    count: int,
    lit: float = 0.45,
) -> Image.Image:
    """A transparent row of tower blocks."""
    layer = kit.canvas(w=w, h=440)
    random = kit.chance(name)
    for i in range(count):
        wide = float(random.uniform(44, 92))
        block(
            kit.brush(layer),
            w * i / count + float(random.uniform(-14, 14)),
            y,
            wide,
            float(random.uniform(low, high)),
            mix(wall, "#5a2a6a", float(random.uniform(0, 0.35))),
            window,
            random,
            lit=lit,
        )
    return layer


def title(kit: Kit) -> Draw:
    """Over the roofs at nightfall; the title sign flickers on."""
    base = kit.sky(*DUSK, w=800, h=420)
    brush = kit.brush(base)
    kit.glow(base, 560, 300, 260, "#ff7a8a", 0.6)
    brush.oval(560, 230, 60, fill="#ffc8a0")
    for i in range(5):
        brush.box(490, 236 + 12 * i, 140, 3 + i, mix("#7a2a6a", "#e0567a", i / 5))
    far = _city(kit, "far", 900, low=60, high=170, y=330, wall="#3a2258", window="#ff9ac0", count=17)
    mid = _city(kit, "mid", 1000, low=90, high=230, y=390, wall="#221640", window="#7ae8ff", count=15)
    near = _city(kit, "near", 1200, low=60, high=150, y=430, wall="#120c28", window="#ffd27a", count=13)
    lights = kit.chance("cars").uniform((0, 150), (900, 260), (14, 2))

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        kit.lay(picture, far, -20 - 12 * t)
        own = kit.brush(picture)
        for i, (x, y) in enumerate(lights):
            way = 1 if i % 2 else -1
            at = (x + way * 70 * t) % 900 - 50
            own.line([(at, y), (at - way * 16, y)], "#ff8ab0" if way > 0 else "#a0f0ff", 2.4)
            own.oval(at, y, 2, fill="#ffffff")
        kit.lay(picture, mid, -40 - 26 * t)
        kit.lay(picture, near, -60 - 60 * t)
        own = kit.brush(picture)
        on = t > 1.0 and not (1.25 < t < 1.35 or 1.5 < t < 1.56)
        own.box(86, 62, 380, 122, "#100a20", line="#ff4f8a" if on else "#3a3050", width=4)
        for x in (150, 400):
            own.line([(x, 184), (x, 430)], "#241a38", 6)
        tone = "#ffd0e4" if on else "#3a3050"
        own.text(276, 76, "ネオン ビン", 56, tone, rim="#ff4f8a" if on else None)
        own.text(276, 146, "NEON COURIER", 24, "#d0fbff" if on else "#3a3050", rim="#1f9ac0" if on else None)
        if on:
            kit.glow(picture, 276, 124, 260, "#ff4f8a", 0.5)
        return kit.shoot(picture, lerp(330, 390, t / kit.seconds), lerp(220, 190, t / kit.seconds), 1.04)

    return draw


def highway(kit: Kit) -> Draw:
    """On the elevated road at full speed."""
    base = kit.sky(*DUSK)
    nature.stars(kit.brush(base), kit.chance("stars"), 70, h=120)
    far = _city(kit, "far", 1400, low=70, high=200, y=262, wall="#2c1a4c", window="#ff9ac0", count=24)
    mid = _city(kit, "mid", 2600, low=70, high=170, y=292, wall="#180f30", window="#7ae8ff", count=34, lit=0.6)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        kit.lay(picture, far, -100 * t)
        kit.lay(picture, mid, -420 * t)
        own = kit.brush(picture)
        own.box(0, 276, 640, 90, "#2a2440")
        own.box(0, 268, 640, 10, "#4a3f68", line=INK, width=1.6)
        for i in range(9):
            x = (i * 90 - 900 * t) % 810 - 90
            own.box(x, 268, 8, 14, "#7a6aa0")
            own.cut([(x * 1.1, 318), (x * 1.1 + 60, 318), (x * 1.1 + 52, 324), (x * 1.1 - 8, 324)], "#ffd27a")
        for i in range(3):
            x = (i * 420 - 1300 * t) % 1260 - 200
            own.line([(x, 276), (x, 100), (x + 46, 84)], "#1a1430", 7)
            kit.glow(picture, x + 50, 90, 70, "#ffe0a0", 0.8)
        y = 330 + 1.5 * math.sin(23 * t)
        x = lerp(200, 360, ease(t, 0, kit.seconds))
        own.oval(x, 338, 120, 9, fill=(0, 0, 0, 120))
        bike(
            own,
            x,
            y,
            100,
            t,
            REI,
            Mood(yaw=0.7, mouth="flat", brow=0.7, wind=-1.1 + 0.2 * sway(t, 3)),
            turn=-2 + 2 * math.sin(3 * t),
        )
        kit.glow(picture, x + 130, 270, 120, "#fff2c0", 0.7)
        kit.glow(picture, x - 90, 290, 60, "#ff2f6a", 0.8)
        weather.speed_lines(own, kit.chance("lines"), t, (255, 190, 220, 110), count=26)
        return kit.shoot(picture, 320, 184 + 2 * math.sin(17 * t), 1.06)

    return draw


def visor(kit: Kit) -> Draw:
    """Close on Rei; the signs slide over her face."""
    base = kit.sky((0.0, "#180f38"), (1.0, "#5a2468"))
    signs = kit.canvas(w=1600)
    for i in range(14):
        words, colour = SIGNS[i % len(SIGNS)]
        neon(kit.brush(signs), 60 + 112 * i, 20 + 36 * (i % 3), words, 30, colour)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        kit.lay(picture, signs, -330 * t)
        picture = picture.reduce(4).resize(picture.size, Image.Resampling.BILINEAR)
        own = kit.brush(picture)
        smirk = ease(t, 1.7, 2.0)
        mood = Mood(
            yaw=lerp(0.5, -0.1, ease(t, 1.2, 1.8)),
            gaze=(lerp(0.7, -0.4, ease(t, 1.0, 1.5)), 0.0),
            mouth="grin" if smirk > 0.5 else "flat",
            brow=lerp(0.8, 0.2, smirk),
            wind=-0.8 + 0.4 * sway(t, 2.4),
            tilt=-3 + 2 * sway(t),
            blush=0.3,
        )
        portrait(own.at(330, 186 + 3 * math.sin(9 * t), 1.5), REI, blinking(mood, t, at=0.7))
        colour = SIGNS[int(t * 3) % len(SIGNS)][1]
        band = (t * 520) % 1100 - 250
        own.cut([(band, 0), (band + 90, 0), (band - 10, 360), (band - 100, 360)], (*mix(colour, colour, 0), 60))
        kit.glow(picture, 600 - (330 * t) % 700, 150, 260, colour, 0.45)
        weather.speed_lines(own, kit.chance("lines"), t, (255, 255, 255, 80), count=18)
        return light.vignette(
            kit.shoot(picture, lerp(310, 340, t / kit.seconds), 180, lerp(1.0, 1.12, t / kit.seconds)), 0.5
        )

    return draw


def alley(kit: Kit) -> Draw:
    """A wet alley of signs; she walks away from us, the puddles hold the light."""
    top = kit.sky((0.0, "#0a0818"), (1.0, "#2c1644"), h=250)
    brush = kit.brush(top)
    for side in (-1, 1):
        for i in range(4):
            near = 1 - i / 4
            x, w = 320 + side * (70 + 250 * near**1.5), 90 * near + 30
            brush.cut(
                [(x, -10), (x + side * w, -10), (x + side * w, 260), (x, 236 + 8 * near)],
                mix("#160f2c", "#3a2458", i / 4),
                2,
            )
            for j in range(5):
                brush.box(
                    x + side * w * 0.3 - 7, 16 + 44 * j, 14 + 8 * near, 18, "#ffd27a" if (i + j) % 3 else "#2a1f44"
                )
    places = ((86, 20, 32), (196, 60, 22), (262, 96, 14), (548, 30, 34), (436, 70, 21), (382, 104, 13))

    def draw(t: float) -> Image.Image:
        upper = top.copy()
        own = kit.brush(upper)
        for i, (x, y, size) in enumerate(places):
            words, colour = SIGNS[i]
            on = not (math.sin(11 * t + 3 * i) > 0.92 or (i == 2 and (t * 4) % 1 < 0.3))
            neon(own, x, y, words, size, colour, on=on)
            if on:
                kit.glow(upper, x, y + size * 2.4, size * 5, colour, 0.5)
        picture = kit.canvas("#0c0818")
        picture.paste(upper, (0, 0))
        mirror = upper.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(
            (upper.width, round(120 * kit.ppu)), Image.Resampling.BILINEAR
        )
        picture.paste(light.tint(mirror, "#8a7ab0"), (0, round(244 * kit.ppu)))
        own = kit.brush(picture)
        for i in range(26):
            low = 248 + 110 * (i / 26) ** 1.3
            own.line(
                [(320 - 330 + 14 * math.sin(2 * t + i), low), (320 + 330, low + 2 * math.sin(3 * t + i))],
                (10, 6, 24, 120),
                1 + 0.14 * i,
            )
        tall = lerp(1.75, 1.15, t / kit.seconds)
        figure(
            own.at(320 + 10 * math.sin(0.9 * t), lerp(344, 300, t / kit.seconds), tall),
            REI,
            walking(t, steps=2.2),
            Mood(wind=0.1),
            back=True,
        )
        drone(own, lerp(560, 400, ease(t, 1.4, 3.2)), 90 + 10 * math.sin(2 * t), 26, t)
        weather.ripples(own, kit.chance("rings"), t, (200, 220, 255, 150), count=16, y=262, h=92)
        weather.rain(own, kit.chance("rain"), t, count=150, slant=-14, colour=(200, 210, 255, 120))
        return light.vignette(
            kit.shoot(picture, 320 + 14 * math.sin(0.5 * t), 182, lerp(1.0, 1.1, t / kit.seconds)), 0.5
        )

    return draw


def guard(kit: Kit) -> Draw:
    """The guard has seen her: its eye turns red."""
    base = kit.sky((0.0, "#1c2444"), (1.0, "#3c3a68"))
    brush = kit.brush(base)
    for i in range(14):
        brush.line([(50 * i - 60, 0), (50 * i + 60, 360)], "#262e54", 8)
    for i in range(5):
        brush.box(30 + 130 * i, 30, 60, 30, ("#ff4f8a", "#2a3054")[i % 2], line=INK, width=2)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        alarm = ease(t, 1.3, 1.5)
        if alarm > 0:
            kit.glow(picture, 320 + 300 * math.cos(6 * t), 60, 380, "#ff2f4c", 0.8 * alarm * pulse(t, 2.5, 0.3))
        own = kit.brush(picture)
        robot(own.at(330, 180 + 4 * math.sin(3 * t), 1.35), t, angry=alarm)
        sweep = 330 + 60 * math.sin(1.9 * t)
        own.cut(
            [(sweep, 172), (sweep + 220 * math.sin(1.9 * t) - 110, 370), (sweep + 220 * math.sin(1.9 * t) + 110, 370)],
            (255, 60, 90, 70) if alarm > 0.5 else (60, 230, 255, 60),
        )
        if alarm > 0.5:
            own.text(176, 280, "ミツケタ！", 34, "#ffffff", rim="#c81f3c")
        return light.vignette(kit.shoot(picture, 326, 180, lerp(1.02, 1.16, ease(t, 1.2, 1.6))), 0.5)

    return draw


def from_above(kit: Kit) -> Draw:
    """The city as a map: streets, traffic, a pink dot and three blue ones."""
    base = kit.canvas("#141028", w=900, h=620)
    brush = kit.brush(base)
    random = kit.chance("map")
    for i in range(9):
        for j in range(7):
            x, y = 14 + 100 * i, 12 + 90 * j
            shade = random.choice(["#2a2150", "#33285e", "#221a44", "#3d2f6c"])
            brush.box(x, y, 72, 62, shade, line="#0a0818", width=2)
            w, h = float(random.uniform(24, 50)), float(random.uniform(20, 40))
            brush.box(x + 8, y + 8, w, h, mix(shade, "#7a5ac0", 0.35), line="#0a0818", width=1.4)
            brush.box(x + 12, y + 12, w * 0.4, h * 0.4, str(random.choice([s[1] for s in SIGNS])))
    for i in range(9):
        brush.line([(100 * i, 0), (100 * i, 620)], "#4a3a80", 1.4)
    for j in range(8):
        brush.line([(0, 83 + 90 * (j - 1)), (900, 83 + 90 * (j - 1))], "#4a3a80", 1.4)
    turns = [(100, 83), (300, 83), (300, 263), (500, 263), (500, 443), (700, 443), (700, 353), (860, 353)]

    def place(t: float) -> tuple[float, float]:
        way = np.array(turns, dtype=float)
        legs = np.abs(np.diff(way, axis=0)).sum(axis=1)
        at = float(np.clip(t / kit.seconds, 0, 1)) * legs.sum()
        ends = np.concatenate([[0.0], np.cumsum(legs)])
        return float(np.interp(at, ends, way[:, 0])), float(np.interp(at, ends, way[:, 1]))

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        for i in range(60):
            along = (37 * i + (60 + 9 * (i % 5)) * t * (1 if i % 2 else -1)) % 900
            x, y = (
                (along, 83 + 90 * (i % 6) + 5 * (1 if i % 2 else -1))
                if i % 3
                else (100 * (i % 8 + 1) + 5 * (1 if i % 2 else -1), along % 620)
            )
            own.box(x - 4, y - 2.5, 8, 5, ("#fff2c0", "#ff6a7a")[i % 2])
        for lag in range(14):
            x, y = place(t - 0.03 * lag)
            own.oval(x, y, 8 - 0.5 * lag, fill=mix("#ff4f8a", "#141028", lag / 14))
        x, y = place(t)
        kit.glow(picture, x, y, 90, "#ff4f8a", 0.9)
        for i in range(3):
            cx, cy = place(t - 0.35 - 0.14 * i)
            own.oval(
                cx, cy + 6 * (i - 1), 6, fill="#3ae8ff" if int(t * 8) % 2 else "#ff3b5c", line="#ffffff", width=1.6
            )
        own.oval(x, y, 22 + 8 * math.sin(6 * t), fill=None, line="#ffffff", width=2)
        return kit.shoot(picture, x, y, 1.0)

    return draw


def leap(kit: Kit) -> Draw:
    """From roof to roof before a moon as wide as a street."""
    base = kit.sky((0.0, "#140e34"), (0.6, "#4a2470"), (1.0, "#c04a88"), w=820, h=420)
    brush = kit.brush(base)
    nature.stars(brush, kit.chance("stars"), 150, w=820, h=220)
    kit.glow(base, 430, 170, 280, "#8ae0ff", 0.6)
    nature.moon(brush, 430, 170, 130, "#d8f4ff", "#a8d4ee")
    city = _city(kit, "city", 900, low=30, high=110, y=410, wall="#2a1850", window="#ff9ac0", count=16)
    kit.lay(base, city, -30)
    roofs = kit.brush(base)
    roofs.box(-10, 262, 250, 170, "#161030", line=INK, width=2.4)
    roofs.box(600, 284, 240, 150, "#161030", line=INK, width=2.4)
    roofs.box(60, 216, 60, 46, "#221a44", line=INK, width=2)
    roofs.line([(690, 284), (690, 210)], "#161030", 5)
    for words, x, y in (("ビデオ", 200, 282), ("サウナ", 640, 304)):
        neon(roofs, x, y, words, 24, "#ff4f8a" if x < 300 else "#3ae8ff")

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        air = ease(t, 0.9, 2.7)
        share = min(1.0, max(0.0, (t - 0.9) / 1.8))
        x = lerp(80, 210, min(1.0, t / 0.9)) if t < 0.9 else lerp(210, 660, share) + max(0.0, t - 2.7) * 60
        y = lerp(262, 284, share) - 560 * share * (1 - share) * 0.45
        pose = (
            running(t, steps=3.6)
            if not 0 < share < 1
            else replace(
                running(0.3), near_leg=(62, -40), far_leg=(-50, -20), near_arm=(-100, 30), far_arm=(110, 10), lean=18
            )
        )
        for i in range(5):
            if 0.05 < share < 1:
                back = share - 0.03 * (i + 1)
                own.oval(
                    lerp(210, 660, back),
                    lerp(262, 284, back) - 252 * back * (1 - back) - 60,
                    9 - 1.5 * i,
                    fill=(255, 79, 138, 120 - 20 * i),
                )
        figure(
            own.at(x, y, 1.45, turn=14 * math.sin(math.pi * air)),
            REI,
            pose,
            Mood(yaw=0.7, mouth="open", brow=0.3, wind=-1.0),
        )
        drone(own, lerp(-20, 420, ease(t, 1.2, kit.seconds)), 120 + 14 * math.sin(3 * t), 24, t)
        drone(own, lerp(-80, 330, ease(t, 1.4, kit.seconds)), 190 + 12 * math.sin(2.6 * t), 20, t + 1)
        weather.embers(own, kit.chance("dust"), t, "#ff9ad0", count=30, w=820, rise=-30)
        return kit.shoot(picture, lerp(330, 470, ease(t, 0.8, 2.8)), lerp(206, 196, air), 1.08)

    return draw


def _seedling(brush: Brush, t: float, grown: float) -> None:
    """It grows out of the box, leaf by leaf, with a light at its tip."""
    tip = 216 - 150 * grown
    brush.line([(340, 226), (334 + 8 * sway(t), lerp(216, tip, 0.5)), (342 + 12 * sway(t), tip)], "#2f8a4a", 7)
    for i in range(5):
        share = (i + 1) / 6
        if grown > share:
            leaf = brush.at(338, lerp(216, tip, share), 52 * (grown - share) ** 0.5, flip=i % 2 == 0)
            leaf.shape([(0, 0), (0.6, -0.6), (1.3, -0.3), (0.6, 0.05)], "#5ad87a", line=INK, width=0.06)
    brush.oval(342 + 12 * sway(t), tip, 13 * grown, fill="#fff6a0", line=INK, width=2)


def parcel(kit: Kit) -> Draw:
    """The parcel is opened: a seedling, and light."""
    base = kit.sky((0.0, "#241a44"), (1.0, "#54305a"))
    brush = kit.brush(base)
    brush.box(0, 270, 640, 100, "#6a4a5a", line=INK, width=2)
    for i in range(7):
        brush.line([(100 * i - 30, 270), (100 * i - 60, 370)], "#543a4c", 2)
    brush.box(30, 30, 190, 140, "#141030", line="#8a6a7a", width=7)
    for i in range(5):
        brush.box(44 + 34 * i, 90 + 8 * (i % 3), 24, 74 - 8 * (i % 3), "#2c2250")

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        opened = ease(t, 1.0, 1.5)
        grown = ease(t, 1.4, 3.2)
        kit.glow(picture, 340, 210, 120 + 260 * opened, "#a8ffc0", 0.9 * opened)
        own = kit.brush(picture)
        own.box(256, 216, 168, 104, "#ffb03a", line=INK, width=2.6)
        own.box(384, 216, 40, 104, "#d88a24")
        own.box(326, 216, 26, 104, "#c8742a")
        own.cut([(276, 288), (300, 288), (300, 306), (276, 306)], "#fff4d8", 1.6)
        if grown > 0:
            _seedling(own, t, grown)
            kit.glow(picture, 342, 216 - 150 * grown, 70, "#e8ffb0", grown)
        lift = lerp(0, -34, opened)
        for side in (-1, 1):
            own.cut(
                [
                    (340 + side * 84, 216),
                    (340 + side * (84 + 50 * opened), 200 + lift),
                    (340 + side * (10 + 110 * opened), 196 + lift),
                    (340, 216) if opened < 0.5 else (340 + side * 60, 216),
                ],
                "#ffc45a",
                2.2,
            )
        for side in (-1, 1):
            hand = own.at(340 + side * lerp(110, 170, opened), lerp(236, 216, opened) + 3 * math.sin(3 * t + side))
            hand.limb([(side * 120, 150), (side * 40, 40), (0, 0)], 40, "#3a3150", rim=2)
            hand.limb([(side * 20, 20), (0, 0)], 34, "#ff4f8a", rim=2)
            hand.oval(-side * 6, -10, 21, 18, fill="#f6d4c8", line=INK, width=2)
        weather.embers(
            own, kit.chance("pollen"), t * (0.4 + opened), "#e8ffb0", count=round(60 * opened), rise=-70, size=1.9
        )
        return light.vignette(kit.shoot(picture, 334, lerp(210, 176, grown), lerp(1.2, 1.02, opened)), 0.45)

    return draw


def dawn(kit: Kit) -> Draw:
    """Morning over the bay; the courier lets the wind have her hair."""
    base = kit.sky((0.0, "#3a4a9a"), (0.45, "#c880b0"), (0.7, "#ffb890"), (1.0, "#ffe0b0"), w=760)
    kit.glow(base, 560, 226, 260, "#ffe0a0", 0.9)
    kit.brush(base).oval(560, 226, 42, fill="#fffbe0")
    city = _city(kit, "city", 800, low=30, high=120, y=252, wall="#6a5a9a", window="#ffe0b0", count=18, lit=0.25)
    kit.lay(base, city, -20)
    brush = kit.brush(base)
    brush.box(0, 250, 760, 60, "#7a8ac8")
    brush.box(-10, 306, 780, 60, "#3a3458", line=INK, width=2)
    for i in range(26):
        brush.line([(30 * i, 306), (30 * i, 272)], "#2a2444", 3.4)
    brush.line([(0, 272), (760, 272)], "#2a2444", 5)
    glints = kit.chance("glints").uniform((380, 256), (740, 300), (40, 2))

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        own.dashes(glints[int(t * 8) % 2 :: 2] + np.array([4 * math.sin(3 * t), 0]), (14, 0), "#fff6d8", 1.6)
        mood = Mood(
            yaw=0.5,
            gaze=(0.5, -0.1),
            mouth="smile",
            wind=-0.8 + 0.4 * sway(t, 1.4),
            blink=1.0 if t > 2.6 else 0.0,
            brow=-0.4,
        )
        figure(own.at(360, 338, 1.9), REI, replace(standing(t), near_arm=(20, 70)), blinking(mood, t))
        for i in range(7):
            x = (90 * i + 46 * t) % 800
            own.line(
                [
                    (x - 8, 80 + 14 * (i % 4) + 5 * math.sin(7 * t + i)),
                    (x, 84 + 14 * (i % 4)),
                    (x + 8, 80 + 14 * (i % 4) + 5 * math.sin(7 * t + i)),
                ],
                "#ffffff",
                2.2,
                curved=False,
            )
        shown = ease(t, 1.6, 2.4)
        if shown > 0:
            own.text(
                250,
                110,
                "ハイタツ カンリョウ",
                34,
                (255, 255, 255, round(255 * shown)),
                rim=(90, 50, 120, round(255 * shown)),
            )
        return light.fade(
            kit.shoot(picture, lerp(310, 370, t / kit.seconds), 186, 1.03),
            "#ffffff",
            ease(t, kit.seconds - 0.5, kit.seconds),
        )

    return draw


SCENES = (
    Scene(seconds=4.5, build=title),
    Scene(seconds=4.0, build=highway),
    Scene(seconds=3.5, build=visor),
    Scene(seconds=4.5, build=alley),
    Scene(seconds=3.0, build=guard),
    Scene(seconds=4.0, build=from_above),
    Scene(seconds=4.0, build=leap),
    Scene(seconds=4.0, build=parcel),
    Scene(seconds=4.5, build=dawn),
)
