# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""`The Moon Lighthouse`: the lamp has gone out, a boat is late, and a girl climbs the cliff with a lantern."""

from __future__ import annotations

import math
from dataclasses import replace

from PIL import Image

from kyodaku.demo.art import light, nature, weather
from kyodaku.demo.art.brush import INK, Brush
from kyodaku.demo.art.creatures import gull
from kyodaku.demo.art.faces import Mood, blinking, sway
from kyodaku.demo.art.kit import Draw, Kit, Scene, ease, lerp, pulse
from kyodaku.demo.art.people import figure, portrait, running, waving
from kyodaku.demo.art.town import gear, lighthouse
from kyodaku.demo.art.vehicles import boat
from kyodaku.demo.cast import CAPTAIN, NAGI

__all__ = ["SCENES"]

NIGHT = ((0.0, "#0b1030"), (0.35, "#1a2a66"), (0.62, "#3d5aa0"), (1.0, "#5f86c0"))


def _beam(kit: Kit, picture: Image.Image, x: float, y: float, angle: float, reach: float = 700) -> Image.Image:
    """The lamp's cone of light, screened onto the picture."""
    cone = Image.new("RGB", picture.size)
    brush = kit.brush(cone)
    for spread, level in ((0.17, 40), (0.11, 60), (0.05, 90)):
        ends = [(x + reach * math.cos(a), y + reach * math.sin(a)) for a in (angle - spread, angle + spread)]
        brush.cut([(x, y), *ends], (level * 2, round(level * 1.7), level))
    light.add(picture, cone, 0, 0)
    kit.glow(picture, x, y, 70, "#fff0b0", 0.9)
    return picture


def _glints(brush: Brush, kit: Kit, t: float, x: float, *, top: float = 252, low: float = 360) -> None:
    """The moon's road on the water."""
    random = kit.chance("glints")
    for i in range(70):
        y = lerp(top, low, random.uniform() ** 1.2)
        wide = (y - top) * 0.5 + 14
        at = x + random.uniform(-wide, wide) + 8 * math.sin(2 * t + i)
        size = random.uniform(4, 18) * (0.6 + 0.4 * math.sin(3 * t + 2.1 * i))
        if size > 1:
            brush.line([(at - size, y), (at + size, y)], (255, 240, 190, 190), 1.6)


def title(kit: Kit) -> Draw:
    """Night, a great moon, and a lighthouse without light; the title comes up."""
    base = kit.sky(*NIGHT, w=760, h=430)
    brush = kit.brush(base)
    sparkle = nature.stars(brush, kit.chance("stars"), 260, w=760, h=260)
    kit.glow(base, 250, 130, 210, "#8fb0ff", 0.7)
    nature.moon(brush, 250, 130, 78)
    nature.wisps(brush, kit.chance("wisps"), 9, "#32488c", w=760, top=170, low=236)
    brush.box(0, 262, 760, 180, "#1b2f66")
    for i in range(40):
        y = 266 + 4.1 * i
        brush.line([((i * 131) % 700, y), ((i * 131) % 700 + 40 + i, y)], "#2f4f94", 1.5)
    cliff = [(430, 430), (452, 330), (486, 296), (520, 250), (560, 236), (640, 240), (760, 226), (760, 430)]
    brush.cut(cliff, "#131a3c", 2)
    brush.cut([(520, 250), (560, 236), (640, 240), (760, 226), (760, 262), (600, 262)], "#22406a")
    lighthouse(brush, 600, 244, 150, lit=False)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        own.dots(sparkle[int(t * 6) % 3 :: 3], 1.9, "#ffffff")
        _glints(own, kit, t, 250, top=266, low=430)
        weather.shooting_star(own, t, 1.2, 560, 40)
        boat(own, 130 + 6 * t, 330 + 2 * math.sin(2 * t), 26, 4 * math.sin(1.6 * t))
        shown = ease(t, 1.0, 2.0)
        if shown > 0:
            own.text(
                262,
                lerp(86, 74, shown),
                "ツキノ トウダイ",
                44,
                (255, 244, 214, round(255 * shown)),
                rim=(20, 24, 70, round(255 * shown)),
            )
            own.text(
                262,
                136,
                "The Moon Lighthouse",
                19,
                (255, 255, 255, round(255 * shown)),
                rim=(20, 24, 70, round(255 * shown)),
            )
        return kit.shoot(picture, lerp(340, 400, ease(t, 0, kit.seconds)), lerp(190, 214, t / kit.seconds), 1.06)

    return draw


def cliff_path(kit: Kit) -> Draw:
    """She runs along the cliff; hills and grass go by at their own pace."""
    sky = kit.sky(*NIGHT)
    nature.stars(kit.brush(sky), kit.chance("stars"), 120, h=150)
    kit.glow(sky, 520, 70, 90, "#aac0ff", 0.8)
    nature.moon(kit.brush(sky), 520, 70, 30)
    layers = []
    for index, (y, high, colour) in enumerate(((230, 80, "#2c4480"), (262, 60, "#203466"), (290, 34, "#18274e"))):
        layer = kit.canvas(w=1400)
        nature.ridge(kit.brush(layer), y, high, kit.chance(f"ridge{index}"), colour, w=1400)
        if index == 1:
            nature.pines(kit.brush(layer), 270, kit.chance("pines"), "#16264a", count=46, tall=56, w=1400)
        layers.append(layer)
    meadow = kit.canvas(w=1800)
    kit.brush(meadow).box(0, 312, 1800, 60, "#1d3d4a")
    nature.grass(
        kit.brush(meadow), 306, kit.chance("grass"), ("#2f6a64", "#24544f", "#3f8a78"), count=900, tall=20, w=1800
    )

    def draw(t: float) -> Image.Image:
        picture = sky.copy()
        for layer, pace in zip(layers, (20, 48, 90), strict=True):
            kit.lay(picture, layer, -pace * t - 20)
        kit.lay(picture, meadow, -230 * t)
        own = kit.brush(picture)
        x = lerp(200, 330, ease(t, 0, kit.seconds))
        kit.glow(picture, x + 46, 262, 96, "#ffb84a", 0.8 + 0.1 * math.sin(17 * t))
        figure(
            own.at(x, 330, 1.5), NAGI, running(t), Mood(yaw=0.6, mouth="open", talk=pulse(t, 2), wind=-0.9, brow=0.4)
        )
        own.oval(x + 44, 268 - 4 * math.sin(20 * t), 7, 9, fill="#ffe08a", line=INK, width=1.6)
        return light.vignette(kit.shoot(picture, zoom=1.0), 0.45)

    return draw


def worried(kit: Kit) -> Draw:
    """Close on her face in lantern light: she sees that the lamp is dark."""
    base = kit.sky((0.0, "#141c48"), (0.6, "#2b3f82"), (1.0, "#5a4a78"))
    nature.stars(kit.brush(base), kit.chance("stars"), 130, h=300)
    nature.ridge(kit.brush(base), 330, 60, kit.chance("hills"), "#16204a")
    lighthouse(kit.brush(base), 90, 330, 170, lit=False)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        flicker = 0.8 + 0.2 * math.sin(13 * t) * math.sin(5 * t)
        kit.glow(picture, 520, 320, 300, "#ff9a3a", flicker * 0.8)
        shock = ease(t, 1.6, 1.9)
        mood = Mood(
            yaw=lerp(0.2, -0.55, ease(t, 0.4, 1.2)),
            gaze=(lerp(0.3, -0.8, ease(t, 0.4, 1.0)), -0.2),
            mouth="gasp" if shock > 0.5 else "flat",
            talk=0.5,
            brow=-0.9 * shock,
            wind=0.45 + 0.4 * sway(t),
            tilt=2 * sway(t, 0.6),
            blush=0.7,
        )
        portrait(kit.brush(picture).at(370, 178 - 6 * shock, 1.55), NAGI, blinking(mood, t, every=3, at=0.5))
        weather.embers(kit.brush(picture), kit.chance("embers"), t, "#ffd27a", count=26)
        return light.vignette(kit.shoot(picture, 320, 180, lerp(1.0, 1.1, ease(t, 1.4, 2.1))), 0.6)

    return draw


def storm(kit: Kit) -> Draw:
    """The boat among waves, rain and lightning."""
    calm = kit.sky((0.0, "#10142c"), (0.5, "#2a3558"), (1.0, "#44587c"))
    nature.wisps(kit.brush(calm), kit.chance("clouds"), 26, "#1b2140", top=10, low=150)
    nature.wisps(kit.brush(calm), kit.chance("more"), 16, "#39456c", top=20, low=130)
    bright = light.fade(calm, "#dfe8ff", 0.6)
    bolt = kit.brush(bright)
    bolt.line([(430, 0), (404, 60), (428, 74), (388, 140), (410, 150), (376, 214)], "#ffffff", 4, curved=False)
    bolt.line([(404, 100), (446, 134), (440, 160)], "#ffffff", 2, curved=False)

    def draw(t: float) -> Image.Image:
        flash = any(start < t < start + length for start, length in ((0.9, 0.1), (1.1, 0.25), (2.9, 0.18)))
        picture = (bright if flash else calm).copy()
        own = kit.brush(picture)
        nature.waves(own, 196, t, "#2c3f6c", "#54709c", height=20, length=210, speed=50)
        nature.waves(own, 228, t, "#22345e", "#5a7cae", height=28, length=260, speed=90, phase=1)
        rock = 17 * math.sin(1.9 * t)
        boat(own, 330 + 20 * math.sin(0.8 * t), 236 + 22 * math.sin(1.9 * t + 1), 64, rock)
        nature.waves(own, 276, t, "#1a2a50", "#7d9cc8", height=30, length=300, speed=140, phase=2)
        nature.waves(own, 326, t, "#111c3a", "#a8c4e4", height=24, length=340, speed=210, phase=4)
        weather.rain(own, kit.chance("rain"), t, count=170)
        return light.vignette(kit.shoot(picture, 320 + 8 * math.sin(1.3 * t), 180 + 6 * math.sin(1.9 * t), 1.08), 0.5)

    return draw


def lamp_room(kit: Kit) -> Draw:
    """Inside the tower: wheels begin to turn, she pulls the lever, the lens lights up."""
    base = kit.sky((0.0, "#2a2140"), (1.0, "#4a3350"))
    brush = kit.brush(base)
    for i in range(9):
        brush.box(-10 + 80 * i, 0, 4, 360, "#382a4c")
    brush.box(0, 318, 640, 50, "#241a30", line=INK, width=2)
    for x in (36, 560):
        brush.box(x, 40, 62, 120, "#16204a", line="#6a5060", width=5)
        brush.line([(x + 31, 40), (x + 31, 160)], "#6a5060", 4)
        brush.line([(x, 100), (x + 62, 100)], "#6a5060", 4)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        turn = 2.2 * max(0.0, t - 0.9) ** 1.4
        for x, y, r, teeth, way, colour in (
            (150, 110, 74, 14, 1, "#b07a3a"),
            (252, 176, 50, 10, -1.4, "#c89a4a"),
            (118, 236, 58, 12, -1.2, "#94622e"),
            (214, 272, 36, 8, 1.9, "#d8b060"),
        ):
            gear(own, x, y, r, teeth, way * turn, colour)
        lit = ease(t, 1.7, 2.3)
        for r, colour in ((86, "#5a6a8c"), (66, "#8aa4c4"), (44, "#c4dcea"), (22, "#fff6d0")):
            tone = light.fade(Image.new("RGB", (1, 1), colour), "#ffe9a0", 0.8 * lit).getpixel((0, 0))
            assert isinstance(tone, tuple)
            own.oval(468, 140, r, r * 1.16, fill=(tone[0], tone[1], tone[2]), line=INK, width=2)
        own.box(446, 240, 44, 80, "#3a2c48", line=INK, width=2)
        if lit > 0:
            kit.glow(picture, 468, 140, 260, "#ffdc80", lit)
        lever = lerp(-40, 50, ease(t, 1.0, 1.6))
        own.at(330, 306, turn=lever).limb([(0, 0), (0, -84)], 7, "#8a93a8", rim=1.4)
        own.at(330, 306, turn=lever).oval(0, -88, 10, fill="#e8455a", line=INK, width=2)
        pull = ease(t, 1.0, 1.6)
        pose = replace(
            running(0),
            near_arm=(lerp(120, 74, pull), 8),
            far_arm=(lerp(112, 66, pull), 8),
            near_leg=(18, -8),
            far_leg=(-22, 0),
            lean=lerp(16, -10, pull),
            lift=0,
        )
        figure(
            own.at(lerp(282, 268, pull), 320, 1.75),
            NAGI,
            pose,
            Mood(yaw=0.7, mouth="open" if lit > 0.5 else "flat", brow=0.7 * (1 - lit), wind=-0.3 * pull),
        )
        weather.embers(own, kit.chance("dust"), t, "#f8d89a", count=24, rise=-14)
        return kit.shoot(picture, lerp(300, 340, ease(t, 1.5, 3)), 180, lerp(1.16, 1.0, ease(t, 1.4, 2.4)))

    return draw


def beam(kit: Kit) -> Draw:
    """The light wanders over the sea and finds the boat."""
    base = kit.sky(*NIGHT, w=700, h=400)
    brush = kit.brush(base)
    nature.stars(brush, kit.chance("stars"), 160, w=700, h=180)
    nature.ridge(brush, 206, 30, kit.chance("far"), "#24386e", w=700)
    brush.box(0, 210, 700, 200, "#16285a")
    brush.shape([(-10, 410), (-10, 250), (60, 236), (130, 250), (170, 300), (230, 410)], "#101634", line=INK, width=2)
    lighthouse(brush, 84, 248, 180)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        for i, y in enumerate((226, 250, 286, 330)):
            nature.waves(
                own,
                y + 8,
                t,
                ("#1b3068", "#18295a", "#142250", "#0f1a42")[i],
                "#3d62a8",
                height=4 + 2 * i,
                length=130 + 40 * i,
                speed=20 + 16 * i,
                phase=i,
                w=700,
            )
        own.shape([(-10, 410), (-10, 250), (60, 236), (130, 250), (170, 300), (230, 410)], "#101634")
        boat(own, lerp(560, 500, t / kit.seconds), 296 + 5 * math.sin(2 * t), 44, 7 * math.sin(1.7 * t))
        angle = lerp(-0.5, 0.34, ease(t, 0.2, 2.2)) + 0.02 * math.sin(3 * t)
        _beam(kit, picture, 84, 86, angle)
        return light.vignette(
            kit.shoot(
                picture,
                lerp(350, 384, t / kit.seconds),
                lerp(180, 208, t / kit.seconds),
                lerp(1.0, 1.14, ease(t, 1.5, kit.seconds)),
            ),
            0.4,
        )

    return draw


def captain(kit: Kit) -> Draw:
    """The captain at the wheel sees the light and laughs."""
    base = kit.sky((0.0, "#27345c"), (1.0, "#4c3a4a"))
    brush = kit.brush(base)
    for i in range(12):
        brush.box(0, 28 * i + 14, 640, 3, "#33304e")
    brush.box(40, 30, 220, 150, "#12204e", line="#7a5a3a", width=8)
    nature.stars(brush.at(44, 34), kit.chance("stars"), 50, w=210, h=80)
    brush.box(44, 130, 212, 46, "#1c3878")

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        own.oval(150 + 40 * math.sin(t), 112, 5, fill="#fff2b0")
        kit.glow(picture, 150 + 40 * math.sin(t), 112, 60 + 30 * math.sin(3 * t), "#ffe090", 1.0)
        kit.glow(picture, 200, 180, 330, "#ffcf80", 0.5 * ease(t, 0.8, 1.4))
        happy = ease(t, 0.9, 1.3)
        mood = Mood(
            yaw=-0.5,
            gaze=(-0.6, -0.1),
            mouth="grin" if happy > 0.5 else "flat",
            brow=lerp(0.7, -0.5, happy),
            tilt=3 * math.sin(1.6 * t),
            blush=0.4,
        )
        portrait(own.at(400, 168 + 4 * math.sin(1.6 * t), 1.35), CAPTAIN, blinking(mood, t, every=2.2, at=1.8))
        wheel = own.at(250, 360, turn=24 * math.sin(1.4 * t))
        wheel.oval(0, 0, 96, fill=None, line=INK, width=20)
        wheel.oval(0, 0, 96, fill=None, line="#a86a3a", width=15)
        for i in range(8):
            a = math.tau * i / 8
            wheel.limb(
                [(16 * math.cos(a), 16 * math.sin(a)), (122 * math.cos(a), 122 * math.sin(a))], 9, "#c8884a", rim=1.6
            )
        wheel.oval(0, 0, 22, fill="#e8c060", line=INK, width=2)
        return kit.shoot(picture, 330, 180, lerp(1.02, 1.12, t / kit.seconds))

    return draw


def harbour(kit: Kit) -> Draw:
    """Morning: the boat comes in, she waves from the pier, gulls circle."""
    base = kit.sky((0.0, "#5a8fd0"), (0.4, "#f8b890"), (0.6, "#ffe2a8"), (1.0, "#ffd890"), w=760)
    brush = kit.brush(base)
    kit.glow(base, 420, 214, 240, "#ffd27a", 0.9)
    brush.oval(420, 214, 40, fill="#fff3d0")
    random = kit.chance("clouds")
    for x, y, size in ((120, 120, 120), (640, 100, 160), (360, 60, 80)):
        nature.cumulus(brush, x, y, size, random, ("#d88a90", "#ffc8a8", "#fff0d0"))
    nature.ridge(brush, 208, 40, kit.chance("far"), "#8a7aa8", w=760)
    brush.box(0, 218, 760, 150, "#4f8ab0")
    lighthouse(brush, 690, 226, 130)

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        _glints(own, kit, t, 420, top=224, low=350)
        nature.waves(own, 262, t, "#4480aa", "#bfe0ec", height=5, length=140, speed=26, w=760)
        boat(
            own,
            lerp(620, 430, ease(t, 0, kit.seconds)),
            282 + 3 * math.sin(2 * t),
            56,
            3 * math.sin(1.4 * t),
            light=False,
        )
        nature.waves(own, 312, t, "#38709c", "#d8f0f4", height=6, length=170, speed=44, phase=2, w=760)
        for x in (30, 120, 210):
            own.box(x, 306, 16, 70, "#6a4634", line=INK, width=1.6)
        own.box(-10, 296, 270, 18, "#a8734a", line=INK, width=1.8)
        for x in range(0, 260, 36):
            own.line([(x, 296), (x, 314)], "#7a4e34", 1.4)
        figure(
            own.at(178, 298, 1.35), NAGI, waving(t), Mood(yaw=0.7, mouth="open", talk=pulse(t, 1.6), wind=0.3 * sway(t))
        )
        for i in range(5):
            gull(own, (120 * i + 60 * t) % 760, 60 + 22 * i + 14 * math.sin(t + i), 9 + 2 * (i % 3), t + i)
        return kit.shoot(picture, lerp(330, 400, ease(t, 0.5, kit.seconds)), 182, 1.03)

    return draw


def moon_goodbye(kit: Kit) -> Draw:
    """On the gallery she looks at the setting moon; the end."""
    base = kit.sky((0.0, "#3a5aa8"), (0.5, "#9a8ac8"), (0.8, "#ffc0a0"), (1.0, "#ffe0b0"))
    nature.wisps(kit.brush(base), kit.chance("wisps"), 14, "#e8b0c0", top=120, low=260)
    nature.ridge(kit.brush(base), 320, 36, kit.chance("hills"), "#6a5a90")

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        own = kit.brush(picture)
        y = lerp(130, 170, t / kit.seconds)
        kit.glow(picture, 440, y, 170, "#fff0d0", 0.7)
        nature.moon(own, 440, y, 84, "#fff8e4", "#f4e0c0")
        nature.wisps(own, kit.chance("front"), 5, "#f8c8c0", top=170, low=230)
        own.box(-10, 318, 660, 60, "#3a3358", line=INK, width=2)
        for x in range(0, 660, 44):
            own.line([(x, 318), (x, 262)], "#2a2444", 5)
        own.line([(-10, 262), (650, 262)], "#2a2444", 7)
        figure(
            own.at(230, 322, 2.0),
            NAGI,
            replace(waving(0), near_arm=(30, 60), lean=0),
            Mood(wind=0.6 + 0.4 * sway(t)),
            back=True,
        )
        shown = ease(t, 1.2, 2.2)
        if shown > 0:
            own.text(440, 60, "オワリ", 40, (70, 40, 90, round(255 * shown)), rim=(255, 250, 235, round(200 * shown)))
        return light.fade(kit.shoot(picture, 330, 176, 1.04), "#fff4e0", ease(t, kit.seconds - 0.7, kit.seconds))

    return draw


SCENES = (
    Scene(seconds=4.5, build=title),
    Scene(seconds=3.5, build=cliff_path),
    Scene(seconds=3.5, build=worried),
    Scene(seconds=4.5, build=storm),
    Scene(seconds=4.0, build=lamp_room),
    Scene(seconds=4.5, build=beam),
    Scene(seconds=3.5, build=captain),
    Scene(seconds=4.5, build=harbour),
    Scene(seconds=4.0, build=moon_goodbye),
)
