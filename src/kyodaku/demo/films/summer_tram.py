# SPDX-License-Identifier: Apache-2.0
"""`Tram 7 to the Summer Sky`: a tram with a cat for a conductor leaves the rails and meets a whale."""

from __future__ import annotations

import math
from dataclasses import replace

from PIL import Image

from kyodaku.demo.art import light, nature, weather
from kyodaku.demo.art.brush import INK
from kyodaku.demo.art.creatures import cat_face, gull, whale
from kyodaku.demo.art.faces import Mood, blinking, sway
from kyodaku.demo.art.kit import Draw, Kit, Scene, ease, lerp, pulse
from kyodaku.demo.art.people import figure, portrait, standing, walking, waving
from kyodaku.demo.art.town import house, pole
from kyodaku.demo.art.vehicles import tram
from kyodaku.demo.cast import HINA, SORA

__all__ = ["SCENES"]

BLUE = ((0.0, "#1f6fd0"), (0.5, "#56aef0"), (0.85, "#bfe8fb"), (1.0, "#e8f8ff"))
CLOUD = ("#9fc4e8", "#e4f2fd", "#ffffff")
GREEN = ("#2f7a4a", "#4aa35a", "#86cc6a")


def title(kit: Kit) -> Draw:
    """The camera climbs a tower of cloud; wires cut across; the title."""
    base = kit.sky(*BLUE, w=680, h=640)
    brush = kit.brush(base)
    random = kit.chance("clouds")
    nature.cumulus(brush, 470, 560, 420, random, CLOUD)
    nature.cumulus(brush, 160, 600, 240, random, CLOUD)
    nature.cumulus(brush, 610, 590, 200, random, CLOUD)
    nature.wisps(brush, random, 8, "#8fc8f4", w=680, top=20, low=200)
    nature.ridge(brush, 590, 30, kit.chance("hills"), "#3f8f6a", w=680, low=660)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        view = lerp(440, 190, ease(t, 0.2, kit.seconds - 0.4))
        for i in range(3):
            drop = view - 120 + 26 * i
            own.line([(-10, drop), (340, drop + 34), (690, drop - 10)], "#33415e", 1.8)
        pole(own, 100, view + 200, 330)
        for i in range(4):
            gull(own, 220 + 70 * i + 30 * t, view + 40 - 18 * i + 8 * math.sin(2 * t + i), 10, t + 0.3 * i)
        shown = ease(t, 1.4, 2.4)
        if shown > 0:
            own.text(
                300,
                view - 60,
                "ナツゾラユキ 7バン デンシャ",
                33,
                (255, 255, 255, round(255 * shown)),
                rim=(24, 60, 130, round(255 * shown)),
            )
            own.text(
                300,
                view - 18,
                "Tram 7 to the Summer Sky",
                20,
                (255, 255, 255, round(255 * shown)),
                rim=(24, 60, 130, round(255 * shown)),
            )
        return kit.shoot(picture, 340, view, 1.0)

    return draw


def street(kit: Kit) -> Draw:
    """Past small houses and a sloping street, the sea at its end."""
    base = kit.sky(*BLUE)
    nature.cumulus(kit.brush(base), 150, 190, 260, kit.chance("clouds"), CLOUD)
    nature.cumulus(kit.brush(base), 540, 180, 180, kit.chance("clouds2"), CLOUD)
    random = kit.chance("houses")
    back, front = kit.canvas(w=1300), kit.canvas(w=1900)
    for i in range(17):
        wall = random.choice(["#f6e8d0", "#e8d8e8", "#dcebf0", "#f8dcc8"])
        house(
            kit.brush(back),
            10 + 78 * i,
            262,
            56,
            float(random.uniform(44, 74)),
            wall,
            random.choice(["#b4584a", "#5a7aa8", "#7a8a5a", "#a0703a"]),
            random,
        )
        nature.blob_tree(kit.brush(back), 75 + 78 * i, 266, float(random.uniform(34, 56)), random, GREEN)
    kit.brush(front).box(0, 316, 1900, 50, "#b8b0a8", line=INK, width=2)
    for x in range(0, 1900, 26):
        kit.brush(front).box(x, 326, 14, 6, "#7a6a5c")
    kit.brush(front).line([(0, 324), (1900, 324)], "#5a5468", 3)
    for i in range(10):
        pole(kit.brush(front), 60 + 190 * i, 318, 210)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        kit.lay(picture, back, -70 * t - 10)
        own = kit.brush(picture)
        own.box(0, 258, 640, 64, "#86b85e")
        kit.lay(picture, back, -120 * t - 60, 34)
        own.line([(0, 132), (640, 132)], "#33415e", 1.6)
        tram(own, lerp(150, 400, ease(t, 0, kit.seconds)), 322 + 1.2 * math.sin(16 * t), 104, t * 2)
        kit.lay(picture, front, -260 * t - 20)
        return kit.shoot(picture, 320, 186, 1.05)

    return draw


def window_seat(kit: Kit) -> Draw:
    """He looks out; light and shadow pass over him."""
    outside = kit.sky(*BLUE, w=1100, h=230)
    random = kit.chance("out")
    nature.cumulus(kit.brush(outside), 300, 150, 200, random, CLOUD)
    nature.cumulus(kit.brush(outside), 760, 140, 240, random, CLOUD)
    nature.ridge(kit.brush(outside), 168, 44, random, "#3f9a72", w=1100)
    kit.brush(outside).box(0, 186, 1100, 60, "#3f8ac8")
    inside = kit.canvas()
    brush = kit.brush(inside)
    for box in ((0, 0, 640, 40), (0, 226, 640, 140), (0, 30, 40, 210), (300, 30, 34, 210), (600, 30, 50, 210)):
        brush.box(*box, "#c8905a")
    for x in (40, 334):
        brush.box(x, 40, 262, 186, None, line="#8a5a34", width=6)
    brush.box(0, 250, 640, 120, "#3a7a5a", line=INK, width=2)
    brush.box(0, 250, 640, 16, "#4f9a70")
    for i in range(7):
        brush.line([(30 + 98 * i, 0), (30 + 98 * i, 34)], "#8a6a4a", 4)
        brush.oval(30 + 98 * i, 46, 11, fill=None, line="#f4efe2", width=4)

    def draw(t: float) -> Image.Image:
        picture = kit.canvas("#bfe8fb")
        picture.paste(outside, (-round((60 + 90 * t) * kit.ppu), 0))
        own = kit.brush(picture)
        own.line([(640 - 300 * (t % 3), 0), (640 - 300 * (t % 3), 240)], "#5c5266", 9)
        kit.lay(picture, inside)
        own = kit.brush(picture)
        turned = ease(t, 1.6, 2.1)
        mood = Mood(
            yaw=lerp(-0.9, 0.3, turned),
            gaze=(lerp(-0.8, 0.2, turned), -0.1),
            mouth="open" if turned > 0.5 else "smile",
            talk=pulse(t, 2.2),
            brow=-0.5,
            wind=0.25 * sway(t, 1.5),
            tilt=2 * math.sin(2 * t),
        )
        portrait(own.at(210, 190 + 1.5 * math.sin(15 * t), 1.3), SORA, blinking(mood, t))
        bar = (t * 260) % 900 - 150
        own.cut([(bar, 0), (bar + 70, 0), (bar - 10, 360), (bar - 80, 360)], (20, 30, 70, 70))
        return kit.shoot(picture, lerp(300, 330, t / kit.seconds), 178, 1.04)

    return draw


def conductor(kit: Kit) -> Draw:
    """The conductor is a cat; it says that the next stop is the sky."""
    base = kit.sky((0.0, "#e8c48a"), (1.0, "#b87a4a"))
    brush = kit.brush(base)
    for i in range(11):
        brush.line([(64 * i, 0), (64 * i, 360)], "#a86a3e", 2)
    brush.box(400, 40, 200, 150, "#8fd0f4", line="#8a5a34", width=8)
    nature.cumulus(brush, 500, 170, 130, kit.chance("c"), CLOUD)
    brush.box(404, 150, 192, 38, "#4aa35a")
    brush.box(36, 60, 190, 120, "#fbf4dc", line=INK, width=2.4)
    brush.text(130, 74, "ツギハ ソラ", 26, "#c8473a")
    brush.line([(56, 130), (206, 130)], "#3a7ad0", 5)
    for i in range(5):
        brush.oval(56 + 37 * i, 130, 7, fill="#ffffff", line=INK, width=2)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        own.oval(56 + 37 * 3.2, 130, 8 + 2 * math.sin(8 * t), fill="#ff5a4a", line=INK, width=2)
        blink = 1.0 if 1.2 < t < 1.36 or 2.6 < t < 2.74 else 0.0
        cat_face(
            own.at(330 + 4 * math.sin(1.4 * t), 190 + 4 * abs(math.sin(4 * t)), 1.4, turn=5 * math.sin(1.7 * t)),
            t,
            blink=blink,
            open_mouth=pulse(t, 2.5) if t > 0.8 else 0.0,
        )
        hand = own.at(520, 300, turn=lerp(40, -26, ease(t, 0.6, 1.0)) + 5 * math.sin(9 * t))
        hand.limb([(0, 80), (0, 10)], 34, "#2f5aa0", rim=2)
        hand.oval(0, -6, 24, fill="#f2b25c", line=INK, width=2.2)
        hand.box(-34, -66, 68, 46, "#ffe08a", line=INK, width=2)
        hand.text(0, -58, "7", 28, "#c8473a")
        return kit.shoot(picture, 326, lerp(196, 180, t / kit.seconds), lerp(1.16, 1.0, ease(t, 0.0, 1.2)))

    return draw


def sunflowers(kit: Kit) -> Draw:
    """A field of sunflowers; the tram goes by far behind, Hina runs in front."""
    base = kit.sky(*BLUE, w=820)
    nature.cumulus(kit.brush(base), 560, 200, 330, kit.chance("c"), CLOUD)
    nature.cumulus(kit.brush(base), 130, 196, 200, kit.chance("c2"), CLOUD)
    nature.ridge(kit.brush(base), 196, 40, kit.chance("hills"), "#3f8f6a", w=820)
    kit.brush(base).box(0, 204, 820, 170, "#5aa048")
    random = kit.chance("field")
    rows = [
        (
            float(random.uniform(0, 820)),
            214 + 150 * (i / 90) ** 1.5,
            26 + 96 * (i / 90) ** 1.5,
            float(random.uniform(0, 6)),
        )
        for i in range(90)
    ]

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        tram(own, lerp(120, 700, t / kit.seconds), 214, 34, 2 * t)
        for x, y, size, phase in rows[:62]:
            nature.sunflower(own, x, y + 14, size, 0.6 * sway(t, 1.0, phase))
        figure(
            own.at(lerp(260, 420, t / kit.seconds), 352, 1.7),
            HINA,
            walking(t * 1.5),
            Mood(yaw=0.3, mouth="open", wind=-0.5 - 0.3 * sway(t), blush=0.7),
        )
        for x, y, size, phase in rows[62:]:
            nature.sunflower(own, x, y + 30, size, 0.6 * sway(t, 1.0, phase))
        weather.petals(own, kit.chance("petals"), t, "#ffdf6a", w=820)
        return kit.shoot(picture, lerp(320, 470, ease(t, 0, kit.seconds)), 190, 1.02)

    return draw


def lift_off(kit: Kit) -> Draw:
    """The rails end at the sea; the tram does not."""
    base = kit.sky(*BLUE, w=760, h=480)
    brush = kit.brush(base)
    nature.cumulus(brush, 600, 250, 330, kit.chance("c"), CLOUD)
    nature.wisps(brush, kit.chance("w"), 10, "#d8effb", w=760)
    brush.box(0, 300, 760, 180, "#2f7ec0")
    brush.shape([(-10, 490), (-10, 340), (140, 336), (250, 352), (300, 400), (330, 490)], "#6ab05a", line=INK, width=2)
    for i in range(9):
        brush.box(6 + 30 * i, 340 + 0.5 * i, 8, 12, "#7a6a5c")
    brush.line([(-10, 340), (252, 346)], "#5a5468", 3)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        for i, y in enumerate((316, 346, 384, 430)):
            nature.waves(
                own,
                y,
                t,
                ("#3a8ccc", "#2f7ec0", "#2870b0", "#1f5f9c")[i],
                "#d8f4ff",
                height=4 + i,
                length=120 + 30 * i,
                speed=30 + 14 * i,
                phase=i,
                w=760,
            )
        own.shape(
            [(-10, 490), (-10, 346), (140, 342), (250, 356), (300, 400), (330, 490)], "#6ab05a", line=INK, width=2
        )
        rise = ease(t, 1.0, kit.seconds)
        x, high = lerp(60, 470, ease(t, 0, kit.seconds)), lerp(340, 140, rise**1.4)
        for i in range(14):
            age = (t * 1.3 + i / 14) % 1
            if t > 1.0:
                own.oval(
                    x - 90 - 150 * age,
                    high + 6 + 40 * math.sin(i * 2.4) * age,
                    5 + 13 * age,
                    fill=(255, 255, 255, round(200 * (1 - age))),
                )
        tram(own.at(x, high, turn=-16 * math.sin(math.pi * rise) - 4 * rise), 0, 0, 84, 3 * t)
        return kit.shoot(
            picture, lerp(320, 420, ease(t, 0.4, kit.seconds)), lerp(290, 190, ease(t, 0.8, kit.seconds)), 1.04
        )

    return draw


def sky_whale(kit: Kit) -> Draw:
    """Above the clouds a whale swims past the tram."""
    base = kit.sky((0.0, "#1a4fb0"), (0.6, "#6ab8f4"), (1.0, "#f8e0d0"), w=760)
    floor = kit.canvas(w=1200)
    random = kit.chance("floor")
    for i in range(14):
        nature.cumulus(
            kit.brush(floor),
            90 * i,
            360 + float(random.uniform(-8, 24)),
            float(random.uniform(120, 200)),
            random,
            ("#a8b8e0", "#e8eefc", "#ffffff"),
        )
    tones = ("#5a7ac0", "#7aa4e0", "#dcecff")

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        own.oval(610, 70, 40, fill="#fff8d8")
        kit.glow(picture, 610, 70, 200, "#fff0c0", 0.7)
        kit.lay(picture, floor, -160 - 30 * t, -64)
        whale(own, lerp(560, 330, t / kit.seconds), 160 + 12 * math.sin(1.2 * t), 170, t, tones)
        tram(
            own.at(lerp(60, 250, t / kit.seconds), 296 + 8 * math.sin(2 * t), turn=4 * math.sin(1.5 * t)),
            0,
            0,
            52,
            2 * t,
        )
        kit.lay(picture, floor, -40 - 110 * t, 10)
        for i in range(16):
            age = (0.5 * t + i / 16) % 1
            own.oval(
                lerp(560, 330, t / kit.seconds) - 30 + 40 * math.sin(i * 1.9),
                100 - 90 * age,
                3 + 3 * age,
                fill=None,
                line=(255, 255, 255, round(230 * (1 - age))),
                width=1.4,
            )
        return kit.shoot(picture, 350, 180, 1.02)

    return draw


def laughing(kit: Kit) -> Draw:
    """Two heads in the wind."""
    base = kit.sky((0.0, "#3a94e8"), (1.0, "#d8f2ff"), w=760)
    random = kit.chance("c")
    clouds = kit.canvas(w=1500)
    for i in range(8):
        nature.cumulus(kit.brush(clouds), 190 * i + 60, 330, float(random.uniform(160, 260)), random, CLOUD)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        kit.lay(picture, clouds, -200 * t)
        own = kit.brush(picture)
        gust = -0.7 + 0.35 * sway(t, 1.6)
        boy = Mood(
            yaw=0.45,
            gaze=(0.6, 0),
            mouth="open",
            talk=pulse(t, 3),
            brow=-0.6,
            wind=gust * 0.6,
            tilt=4 * math.sin(3 * t),
            blush=0.8,
        )
        girl = Mood(
            yaw=-0.45,
            gaze=(-0.5, 0),
            mouth="open" if t > 1.2 else "smile",
            talk=pulse(t, 2.6, phase=1),
            blink=1.0 if t > 2.0 else 0.0,
            wind=gust,
            tilt=-5 * math.sin(2.4 * t),
            blush=0.9,
        )
        portrait(own.at(205, 176 + 4 * math.sin(4 * t), 1.3), SORA, blinking(boy, t, at=0.8))
        portrait(own.at(455, 190 + 4 * math.sin(4 * t + 1), 1.25), HINA, girl)
        weather.petals(own, kit.chance("p"), t * 3, "#ffffff", count=24, wind=-160)
        return kit.shoot(picture, lerp(310, 340, t / kit.seconds), 180, lerp(1.0, 1.1, t / kit.seconds))

    return draw


def sunset_stop(kit: Kit) -> Draw:
    """The last stop at sunset: they part, the cat rings the bell."""
    base = kit.sky((0.0, "#4a3a8a"), (0.4, "#d8608a"), (0.7, "#ff9a5a"), (1.0, "#ffd88a"))
    brush = kit.brush(base)
    kit.glow(base, 180, 250, 260, "#ffcf70", 0.9)
    brush.oval(180, 250, 52, fill="#fff0b8")
    nature.wisps(brush, kit.chance("w"), 18, "#f08a7a", top=60, low=230)
    random = kit.chance("town")
    for i in range(12):
        house(brush, -10 + 58 * i, 290, 44, float(random.uniform(26, 52)), "#6a3a6a", "#4a2a5a", random)
    brush.box(-10, 288, 660, 80, "#3a2450")
    brush.line([(-10, 318), (650, 318)], "#ffb06a", 2.4)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        own.line([(0, 96), (640, 84)], "#3a2450", 2)
        pole(own, 600, 320, 250, colour="#3a2450")
        away = ease(t, 1.4, kit.seconds + 0.6)
        tram(own, lerp(430, 800, away), 320, 112, 6 * away, body="#8a3a6a", dark=True)
        kit.glow(picture, lerp(430, 800, away), 250, 150, "#ffd890", 0.5)
        figure(own.at(150, 330, 1.55), SORA, waving(t), Mood(yaw=0.7, mouth="open", talk=pulse(t, 2), wind=0.2))
        figure(
            own.at(228, 330, 1.5), HINA, replace(standing(t), near_arm=(10, 4)), Mood(yaw=0.5, wind=0.3 + 0.2 * sway(t))
        )
        for i in range(3):
            gull(own, 330 + 50 * i + 26 * t, 90 - 16 * i, 8, t + i)
        shown = ease(t, 2.0, 2.8)
        if shown > 0:
            own.text(
                330, 130, "マタ ナツニ", 40, (255, 250, 230, round(255 * shown)), rim=(70, 30, 80, round(255 * shown))
            )
        return light.vignette(kit.shoot(picture, lerp(330, 310, t / kit.seconds), 186, 1.04), 0.35)

    return draw


SCENES = (
    Scene(seconds=4.5, build=title),
    Scene(seconds=4.0, build=street),
    Scene(seconds=4.0, build=window_seat),
    Scene(seconds=3.5, build=conductor),
    Scene(seconds=4.0, build=sunflowers),
    Scene(seconds=4.0, build=lift_off),
    Scene(seconds=4.5, build=sky_whale),
    Scene(seconds=3.5, build=laughing),
    Scene(seconds=4.5, build=sunset_stop),
)
