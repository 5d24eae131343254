# SPDX-License-Identifier: Apache-2.0
"""`The Clockwork Fox`: in autumn a shrine girl winds up a brass fox, and it runs to light the festival."""

from __future__ import annotations

import math

from PIL import Image

from kyodaku.demo.art import light, nature, weather
from kyodaku.demo.art.brush import INK, Brush, mix
from kyodaku.demo.art.creatures import fox_face, fox_running, fox_sitting
from kyodaku.demo.art.faces import Mood, blinking, sway
from kyodaku.demo.art.kit import Draw, Kit, Scene, ease, lerp, pulse
from kyodaku.demo.art.people import Pose, figure, head_from_behind, portrait
from kyodaku.demo.art.town import gear, lantern, torii
from kyodaku.demo.cast import AKANE

__all__ = ["SCENES"]

MAPLE = ("#e8452e", "#f07a2a", "#f8b03a", "#c8302a")
RED = ("#8a2420", "#d0442a", "#f4863a")
GOLD = ("#9a5a1c", "#e09a2e", "#f8d05a")


def title(kit: Kit) -> Draw:
    """Through a row of gates that never ends."""
    base = kit.sky((0.0, "#f8c878"), (0.5, "#f0a05a"), (1.0, "#8a4a34"))
    random = kit.chance("trees")
    brush = kit.brush(base)
    for i in range(13):
        nature.blob_tree(
            brush, -10 + 56 * i, 250 + 8 * (i % 3), float(random.uniform(150, 210)), random, RED if i % 2 else GOLD
        )
    brush.cut([(-10, 370), (280, 232), (350, 232), (650, 370)], "#b08a6a", 2)
    for i in range(12):
        y = 240 + 130 * (i / 12) ** 1.6
        wide = (y - 232) * 2.4 + 36
        brush.line([(316 - wide, y), (316 + wide, y)], "#8a6448", 1 + 0.2 * i)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        pace = (0.55 * t) % 1
        for i in range(7, 0, -1):
            depth = 1 / (i - pace + 0.12)
            size = 96 + 210 * depth
            if size < 1500:
                torii(
                    own,
                    316 + 22 * math.sin(0.4 * i - 0.22 * t) * depth,
                    238 + 62 * depth,
                    size,
                    mix("#d8402f", "#f0a05a", max(0.0, 0.5 - depth)),
                )
        weather.leaves(own, kit.chance("leaves"), t, MAPLE, count=30)
        shown = ease(t, 1.0, 1.9)
        if shown > 0:
            own.text(
                320,
                62,
                "カラクリ ギツネ",
                46,
                (255, 248, 230, round(255 * shown)),
                rim=(110, 20, 24, round(255 * shown)),
            )
            own.text(
                320,
                116,
                "The Clockwork Fox",
                21,
                (255, 248, 230, round(255 * shown)),
                rim=(110, 20, 24, round(255 * shown)),
            )
        return kit.shoot(picture, 300 + 6 * math.sin(t), 184, lerp(1.08, 1.2, t / kit.seconds))

    return draw


def _courtyard(kit: Kit) -> Image.Image:
    """The shrine among autumn trees."""
    base = kit.sky((0.0, "#9ad0e0"), (0.6, "#f4e0b8"), (1.0, "#f0c890"), w=760)
    brush = kit.brush(base)
    random = kit.chance("scene")
    for i in range(9):
        nature.blob_tree(
            brush,
            20 + 90 * i,
            244,
            float(random.uniform(110, 190)),
            random,
            (RED, GOLD, ("#4a6a34", "#7a9a44", "#a8c060"))[i % 3],
        )
    brush.cut([(440, 244), (440, 150), (700, 150), (700, 244)], "#e8dcc8", 2)
    for i in range(4):
        brush.box(456 + 62 * i, 166, 46, 78, "#fbf4e4", line="#6a3a2a", width=3)
    brush.shape([(390, 156), (470, 92), (680, 92), (760, 156), (570, 140)], "#4a4a5e", line=INK, width=2)
    brush.box(-10, 244, 780, 130, "#cdb490")
    for i in range(60):
        x, y = random.uniform(0, 760), random.uniform(250, 366)
        nature.maple(
            brush, float(x), float(y), float(random.uniform(4, 8)), float(random.uniform(0, 360)), MAPLE[i % 4]
        )
    torii(brush, 150, 262, 190)
    return base


def _broom(brush: Brush) -> None:
    brush.line([(0, -110), (0, -20)], "#a8743a", 4)
    brush.cut([(-5, -26), (5, -26), (17, 6), (-17, 6)], "#d8b060", 1.6)
    for i in range(-2, 3):
        brush.line([(i * 2, -22), (i * 7, 4)], "#9a7430", 1.2)


def sweeping(kit: Kit) -> Draw:
    """Akane sweeps; the leaves come faster than the broom."""
    base = _courtyard(kit)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        swing = math.sin(4.4 * t)
        x = lerp(360, 320, t / kit.seconds)
        pose = Pose(
            near_arm=(40 + 24 * swing, 30),
            far_arm=(56 + 24 * swing, 16),
            near_leg=(10, -4),
            far_leg=(-12, 0),
            lean=7 + 3 * swing,
        )
        _broom(own.at(x + 40 + 16 * swing, 344, turn=-18 - 14 * swing))
        figure(
            own.at(x, 346, 1.85),
            AKANE,
            pose,
            blinking(Mood(yaw=0.4, mouth="flat", brow=0.5, wind=0.3 * sway(t), gaze=(0.3, 0.8)), t),
        )
        for i in range(16):
            age = (0.9 * t + i / 16) % 1
            angle = i * 1.3 + 3 * t
            nature.maple(
                own,
                x + 74 + 60 * age + 14 * math.cos(angle),
                338 - 110 * age * (0.4 + 0.6 * ((i * 7) % 5) / 5) + 8 * math.sin(angle),
                8,
                50 * angle,
                MAPLE[i % 4],
            )
        weather.leaves(own, kit.chance("leaves"), t, MAPLE, count=20, w=760)
        return kit.shoot(picture, lerp(400, 360, t / kit.seconds), 186, 1.04)

    return draw


def winding(kit: Kit) -> Draw:
    """Wheels, springs and a key: the works of the fox."""
    base = kit.sky((0.0, "#2a1a20"), (1.0, "#54301e"))
    brush = kit.brush(base)
    kit.glow(base, 320, 180, 360, "#8a4a1a", 0.7)
    for i in range(9):
        brush.oval(320, 180, 60 + 42 * i, fill=None, line="#43281e", width=3)
    wheels = (
        (120, 110, 92, 18, 1.0, "#b07a3a"),
        (268, 176, 66, 13, -1.38, "#d8a040"),
        (214, 300, 74, 14, 1.28, "#94622e"),
        (400, 92, 74, 14, 1.28, "#c8884a"),
        (452, 232, 84, 16, -1.1, "#e0b050"),
        (572, 150, 58, 11, 1.6, "#a86a34"),
        (584, 296, 70, 13, 1.4, "#c89a4a"),
        (40, 262, 62, 12, -1.5, "#d0a050"),
    )

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        angle = 0.4 * t + 1.5 * max(0.0, t - 1.0) ** 1.5
        for x, y, r, teeth, pace, colour in wheels:
            own.oval(x + 7, y + 9, r, fill=(10, 4, 10, 110))
            gear(own, x, y, r, teeth, pace * angle, colour)
        coil = [
            (
                330 + (14 + 4.6 * i) * math.cos(0.62 * i + 2 * angle),
                214 + (6 + 2.1 * i) * math.sin(0.62 * i + 2 * angle),
            )
            for i in range(22)
        ]
        own.line(coil, INK, 6)
        own.line(coil, "#f4d88a", 3.4)
        key = own.at(452, 232)
        width = abs(math.cos(1.6 * angle)) * 54 + 6
        key.limb([(0, 0), (0, -70)], 9, "#f0c860", rim=1.6)
        for side in (-1, 1):
            key.oval(side * width * 0.5, -92, width * 0.5, 24, fill="#f0c860", line=INK, width=2.4)
            key.oval(side * width * 0.5, -92, width * 0.24, 11, fill="#54301e", line=INK, width=2)
        weather.embers(own, kit.chance("sparks"), t, "#ffd27a", count=40, rise=-90)
        kit.glow(picture, 268, 176, 190, "#ffb04a", 0.55 * pulse(t, 1.5))
        return light.vignette(
            kit.shoot(
                picture,
                lerp(280, 360, t / kit.seconds),
                lerp(170, 190, t / kit.seconds),
                lerp(1.3, 1.08, t / kit.seconds),
            ),
            0.5,
        )

    return draw


def awake(kit: Kit) -> Draw:
    """The fox opens its eyes."""
    base = kit.sky((0.0, "#3a2a4a"), (0.6, "#7a3a44"), (1.0, "#b8563a"))
    brush = kit.brush(base)
    random = kit.chance("trees")
    for x in (30, 120, 520, 610):
        nature.trunk(brush, x, 370, -10, float(random.uniform(26, 46)), "#54303a", "#3a2030")
    for i in range(40):
        nature.maple(
            brush,
            float(random.uniform(0, 640)),
            float(random.uniform(0, 120)),
            float(random.uniform(8, 18)),
            float(random.uniform(0, 360)),
            mix(MAPLE[i % 4], "#3a2030", 0.4),
        )

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        opened = ease(t, 1.0, 1.3)
        kit.glow(picture, 330, 190, 280, "#ff9a3a", 0.25 + 0.6 * opened)
        own = kit.brush(picture)
        tilt = 9 * math.sin(1.3 * t) * opened
        fox_face(
            own.at(330, 186 + 8 * (1 - opened), 1.25, turn=tilt),
            t * (0.3 + opened),
            glow=opened * pulse(t, 1.2, 0.7, 1.0),
            blink=1.0 if opened < 0.3 or 2.5 < t < 2.64 else 0.0,
        )
        if opened > 0.3:
            for side in (-1, 1):
                kit.glow(picture, 330 + side * 55, 186, 60, "#ffd86a", 0.6 * opened)
        weather.leaves(own, kit.chance("leaves"), t, MAPLE, count=16, size=12)
        return light.vignette(kit.shoot(picture, 326, 184, lerp(1.3, 1.04, ease(t, 0.6, 2.0))), 0.55)

    return draw


def forest_run(kit: Kit) -> Draw:
    """It runs; the trunks fly past."""
    base = kit.sky((0.0, "#f4c06a"), (0.7, "#e88a4a"), (1.0, "#8a4a34"))
    random = kit.chance("forest")
    layers = []
    for index, (count, width, fill, shade) in enumerate(
        ((26, 22, "#c87a4a", "#b0643c"), (18, 34, "#8a4a3a", "#6a3630"), (9, 58, "#4a2a30", "#341c26"))
    ):
        layer = kit.canvas(w=2000)
        own = kit.brush(layer)
        for i in range(count):
            x = 2000 * (i + float(random.uniform(0.1, 0.8))) / count
            nature.trunk(own, x, 320 + 14 * index, -10, width * float(random.uniform(0.7, 1.3)), fill, shade)
        for i in range(70):
            nature.maple(
                own,
                float(random.uniform(0, 2000)),
                float(random.uniform(-10, 60 + 26 * index)),
                float(random.uniform(9, 18)) + 3 * index,
                float(random.uniform(0, 360)),
                mix(MAPLE[i % 4], fill, 0.35 - 0.1 * index),
            )
        layers.append(layer)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        kit.lay(picture, layers[0], -130 * t)
        own.box(0, 296, 640, 80, "#a85a34")
        kit.lay(picture, layers[1], -290 * t)
        own.box(0, 322, 640, 50, "#7a3e2c")
        fox_running(own, lerp(230, 380, ease(t, 0, kit.seconds)), 330, 118, t)
        for i in range(14):
            age = (2.2 * t + i / 14) % 1
            nature.maple(
                own,
                lerp(230, 380, t / kit.seconds) - 90 - 200 * age,
                326 - 70 * age * (0.3 + (i % 4) / 4),
                9,
                300 * age + 40 * i,
                MAPLE[i % 4],
            )
        kit.lay(picture, layers[2], -640 * t)
        weather.speed_lines(own, kit.chance("lines"), t, (255, 240, 200, 70), count=22)
        return kit.shoot(picture, 320, 180 + 3 * math.sin(8.5 * t), 1.04)

    return draw


def rainy_steps(kit: Kit) -> Draw:
    """Rain on the stairs; she waits under a paper umbrella, seen from behind."""
    base = kit.sky((0.0, "#4a5a70"), (0.7, "#7a8a98"), (1.0, "#5a6470"))
    brush = kit.brush(base)
    random = kit.chance("pines")
    nature.pines(brush, 220, random, "#35485a", count=26, tall=190)
    nature.pines(brush, 250, random, "#28384a", count=16, tall=230)
    for i in range(9):
        y = 200 + 20 * i
        brush.box(170 - 14 * i, y, 300 + 28 * i, 22, mix("#8a929c", "#5a6270", i / 12), line=INK, width=1.4)
    torii(brush, 320, 206, 170, "#a8443a")

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        weather.rain(own, kit.chance("far"), t, count=90, slant=-30)
        x, y = 250, 344
        figure(own.at(x, y, 1.7), AKANE, Pose(near_arm=(60, 90), far_arm=(4, 6)), Mood(wind=0.15 * sway(t)), back=True)
        top = own.at(x + 14, y - 196, turn=7 * math.sin(1.4 * t))
        top.line([(0, 0), (0, 112)], "#8a5a3a", 4)
        top.shape(
            [(-112, 34), (-84, -16), (0, -46), (84, -16), (112, 34), (60, 24), (0, 36), (-60, 24)],
            "#d8342e",
            line=INK,
            width=2,
        )
        for dx in (-60, -22, 22, 60):
            top.line([(0, -44), (dx * 1.2, 26)], "#8a201e", 1.6)
        top.shape([(-60, -28), (0, -46), (60, -28), (40, -16), (0, -28), (-40, -16)], "#fff4e0", line=INK, width=1.2)
        for i in range(10):
            age = (1.8 * t + i / 10) % 1
            own.oval(x - 96 + 22 * i, y - 170 - 16 * age, 2.4, 1.6, fill=(230, 240, 255, round(255 * (1 - age))))
        ghost = ease(t, 1.4, 2.4)
        fox_sitting(own.at(430, 262), 0, 0, 46 * (0.4 + 0.6 * ghost), t) if ghost > 0 else None
        weather.ripples(own, kit.chance("rings"), t, (220, 232, 245, 190), count=20, y=262, h=96)
        weather.rain(own, kit.chance("near"), t * 1.3, count=60, slant=-44, colour=(230, 240, 255, 190))
        return light.vignette(
            kit.shoot(picture, 330, lerp(200, 178, t / kit.seconds), lerp(1.14, 1.03, t / kit.seconds)), 0.4
        )

    return draw


def _stalls(kit: Kit) -> Image.Image:
    """A row of stalls under the stars."""
    base = kit.sky((0.0, "#140e2c"), (0.6, "#34204a"), (1.0, "#5a2c3c"), w=780)
    brush = kit.brush(base)
    nature.stars(brush, kit.chance("stars"), 140, w=780, h=150)
    for i in range(5):
        x = 20 + 160 * i
        brush.box(x, 196, 124, 84, "#4a2a2e", line=INK, width=2)
        for j in range(6):
            brush.cut(
                [
                    (x - 8 + 23.5 * j, 176),
                    (x + 15.5 + 23.5 * j, 176),
                    (x + 14 + 23.5 * j, 206),
                    (x - 6 + 23.5 * j, 206),
                ],
                ("#e8453a", "#fff0d8")[j % 2],
                1.2,
            )
        brush.text(x + 62, 216, ("リンゴアメ", "ヤキソバ", "オメン", "ラムネ", "キンギョ")[i], 18, "#ffe0a0")
        brush.box(x + 10, 250, 104, 30, "#6a3a34", line=INK, width=1.6)
    brush.box(-10, 280, 800, 90, "#2c1a2c")
    return base


def _passer_by(brush: Brush, x: float, y: float, tall: float) -> None:
    """A head and shoulders against the light of the stalls."""
    body = [(x - 15 * tall, 370), (x - 13 * tall, y + 18), (x, y + 10), (x + 13 * tall, y + 18), (x + 15 * tall, 370)]
    brush.shape(body, "#1c1024")
    brush.oval(x, y, 12 * tall, 13 * tall, fill="#1c1024")
    brush.line([(x - 9 * tall, y - 8), (x, y - 13), (x + 9 * tall, y - 8)], "#e88a4a", 1.4)


def festival(kit: Kit) -> Draw:
    """The lanterns catch fire one after another above the crowd."""
    base = _stalls(kit)
    random = kit.chance("crowd")
    crowd = [
        (
            float(random.uniform(0, 900)),
            float(random.uniform(0, 26)),
            float(random.uniform(0.8, 1.2)),
            float(random.choice([-1.0, 1.0])),
        )
        for _ in range(24)
    ]

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        for row, (y, size) in enumerate(((40, 34), (84, 44))):
            own.line([(-10, y - 8), (390, y + 10), (790, y - 8)], "#1a1020", 2)
            for i in range(11):
                x = 20 + 74 * i + 30 * row
                lit = ease(t, 0.15 * i + 0.5 * row, 0.15 * i + 0.5 * row + 0.3)
                lantern(
                    own,
                    x,
                    y - 6 + 14 * math.sin(math.pi * x / 780),
                    size,
                    sway(t, 1, i),
                    mix("#5a3a3a", "#ff7a3c", lit),
                )
                if lit > 0:
                    kit.glow(picture, x, y + size * 0.8, 66, "#ff8a3a", 0.6 * lit * pulse(t, 1.3, 0.8, 1, i))
        for place, dy, tall, way in sorted(crowd, key=lambda person: person[1]):
            at = (place + way * 34 * t) % 900 - 60
            step = 2 * abs(math.sin(5 * t + place))
            _passer_by(own, at, 288 + dy - step, tall)
        weather.embers(own, kit.chance("embers"), t, "#ffc06a", count=40, w=780)
        return kit.shoot(picture, lerp(320, 460, t / kit.seconds), lerp(190, 176, t / kit.seconds), 1.03)

    return draw


def unmasked(kit: Kit) -> Draw:
    """She lifts the fox mask; a firework lights her face."""
    base = kit.sky((0.0, "#10122e"), (1.0, "#3c2444"))
    brush = kit.brush(base)
    nature.stars(brush, kit.chance("stars"), 120, h=300)
    for i in range(5):
        lantern(brush, 40 + 140 * i, 6, 40, 0.2 * (i % 3 - 1), "#ff7a3c")
        kit.glow(base, 40 + 140 * i, 40, 80, "#ff8a3a", 0.5)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        for start, x, y, colour in ((0.5, 120, 110, "#ff6a8a"), (1.5, 520, 90, "#7ae8ff"), (2.4, 90, 160, "#ffe06a")):
            age = t - start
            if 0 < age < 1.3:
                for i in range(24):
                    a, r = math.tau * i / 24, 100 * age**0.5
                    own.line(
                        [
                            (x + 0.7 * r * math.cos(a), y + 0.7 * r * math.sin(a) + 20 * age**2),
                            (x + r * math.cos(a), y + r * math.sin(a) + 20 * age**2),
                        ],
                        mix(colour, "#10122e", min(1.0, age / 1.3)),
                        2.4,
                    )
                kit.glow(picture, x, y, 230, colour, 0.6 * (1 - age / 1.3))
        lifted = ease(t, 0.7, 1.4)
        mood = Mood(
            yaw=0.15,
            gaze=(0.2, -0.3),
            mouth="smile" if t < 2 else "open",
            talk=0.5,
            brow=-0.5,
            wind=0.2 * sway(t),
            blush=1.0,
            tilt=3 * math.sin(1.2 * t),
        )
        portrait(own.at(330, 190, 1.45), AKANE, blinking(mood, t, at=1.7))
        mask = own.at(330 + 30 * lifted, lerp(196, 84, lifted), 0.92, turn=-16 * lifted)
        mask.shape(
            [(0, -60), (-60, -96), (-76, -20), (-56, 40), (0, 84), (56, 40), (76, -20), (60, -96)],
            "#fff8f0",
            line=INK,
            width=2.4,
        )
        for side in (-1, 1):
            mask.taper([(side * 18, 4), (side * 38, -8), (side * 58, -18)], "#d8342e", 13)
            mask.taper([(side * 20, 4), (side * 36, -4), (side * 52, -10)], INK, 5)
            mask.cut([(side * 46, -56), (side * 58, -86), (side * 66, -46)], "#d8342e")
            for i in range(2):
                mask.line([(side * 34, 34 + 8 * i), (side * 60, 26 + 12 * i)], "#d8342e", 2.4)
        mask.shape([(-9, 56), (9, 56), (0, 68)], INK)
        mask.shape([(-12, -40), (0, -64), (12, -40), (0, -20)], "#d8342e")
        hand = own.at(330 + 30 * lifted + 66, lerp(196, 84, lifted) + 40)
        hand.limb([(96, 330), (60, 120), (0, 0)], 44, "#fffaf2", rim=2)
        hand.oval(-4, -6, 20, fill="#ffe0cf", line=INK, width=2)
        return light.vignette(kit.shoot(picture, 326, lerp(190, 176, lifted), 1.05), 0.45)

    return draw


def rooftop(kit: Kit) -> Draw:
    """Girl and fox on the roof before a great autumn moon."""
    base = kit.sky((0.0, "#1a1840"), (0.6, "#4a2c5a"), (1.0, "#a8503c"), w=720)
    brush = kit.brush(base)
    nature.stars(brush, kit.chance("stars"), 160, w=720, h=240)
    kit.glow(base, 430, 170, 260, "#ffb060", 0.7)
    nature.moon(brush, 430, 170, 116, "#ffd88a", "#f0b460")
    nature.ridge(brush, 300, 60, kit.chance("hills"), "#2c1c3c", w=720)
    roof = [(-10, 370), (-10, 322), (240, 292), (480, 300), (730, 330), (730, 370)]
    brush.shape(roof, "#3a3450", line=INK, width=2.4)
    for i in range(26):
        brush.line([(28 * i, 302 + abs(i - 12) * 2), (28 * i - 8, 370)], "#241e38", 3)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        nature.wisps(own, kit.chance("w"), 6, "#c8785a", w=720, top=150, low=240)
        seat = own.at(330, 306)
        seat.shape([(-30, 6), (-40, -30), (-18, -66), (18, -66), (40, -30), (30, 6)], "#fffaf2", line=INK, width=2.2)
        seat.shape([(-34, 8), (-42, -18), (42, -18), (36, 8)], "#d8342e", line=INK, width=2.2)
        crown = seat.at(0, -92, 0.52, turn=5 * math.sin(1.1 * t))
        hair = Mood(wind=0.4 + 0.3 * sway(t))
        head_from_behind(crown, AKANE, hair)
        fox_sitting(own, 452, 308, 78, t)
        weather.leaves(own, kit.chance("leaves"), t, MAPLE, count=18, w=720)
        shown = ease(t, 1.4, 2.4)
        if shown > 0:
            own.text(170, 96, "オシマイ", 40, (255, 240, 214, round(255 * shown)), rim=(70, 20, 50, round(255 * shown)))
        return light.fade(
            kit.shoot(picture, lerp(340, 370, t / kit.seconds), 184, lerp(1.02, 1.12, t / kit.seconds)),
            "#10081c",
            ease(t, kit.seconds - 0.6, kit.seconds),
        )

    return draw


SCENES = (
    Scene(seconds=4.5, build=title),
    Scene(seconds=4.0, build=sweeping),
    Scene(seconds=3.5, build=winding),
    Scene(seconds=3.5, build=awake),
    Scene(seconds=4.0, build=forest_run),
    Scene(seconds=4.0, build=rainy_steps),
    Scene(seconds=4.0, build=festival),
    Scene(seconds=4.0, build=unmasked),
    Scene(seconds=4.5, build=rooftop),
)
