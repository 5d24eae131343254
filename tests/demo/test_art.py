# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from kyodaku.demo import cast
from kyodaku.demo.art import light, weather
from kyodaku.demo.art.brush import Brush, join, mix, rgb, smooth
from kyodaku.demo.art.faces import Mood, blinking, head
from kyodaku.demo.art.kit import HEIGHT, WIDTH, Kit, ease, lerp, pulse
from kyodaku.demo.art.people import Person, figure, portrait, running, standing, walking, waving

KIT = Kit(width=160, height=90, seed="test")
PEOPLE = {name: getattr(cast, name) for name in cast.__all__}


def pixels(picture: Image.Image) -> NDArray[np.int64]:
    return np.asarray(picture.convert("RGB")).astype(np.int64)


def ink(picture: Image.Image) -> NDArray[np.bool_]:
    return np.asarray((pixels(picture) != 255).any(axis=-1))


def blank(side: int = 100) -> tuple[Image.Image, Brush]:
    picture = Image.new("RGB", (side, side), "#ffffff")
    return picture, Brush(picture, 1.0)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [("#fff", (255, 255, 255)), ("#102030", (16, 32, 48)), ("#10203080", (16, 32, 48, 128)), ((1, 2, 3), (1, 2, 3))],
)
def test_colours_are_read(written: str, numbers: tuple[int, ...]) -> None:
    assert rgb(written) == numbers


def test_mixing_goes_from_the_first_colour_to_the_second() -> None:
    assert mix("#000000", "#ff8000", 0) == (0, 0, 0)
    assert mix("#000000", "#ff8000", 1) == (255, 128, 0)
    assert mix("#000000", "#ff8000", 0.5) == (128, 64, 0)


def test_curves_pass_through_their_points() -> None:
    points = [(0.0, 0.0), (10.0, 5.0), (20.0, 0.0)]
    for closed in (False, True):
        curve = smooth(points, closed=closed)
        for point in points:
            assert np.linalg.norm(curve - np.array(point), axis=1).min() < 1e-9
    assert len(join(points, points)) == 2 * len(smooth(points, closed=False))


def test_a_brush_can_be_moved_turned_scaled_and_flipped() -> None:
    picture, brush = blank()
    brush.at(50, 50, 2, turn=90).box(5, -1, 10, 2, "#000000")
    rows, columns = np.nonzero(ink(picture))
    assert (rows.min(), rows.max()) == (60, 80)
    assert 47 <= columns.min() <= columns.max() <= 53
    mirrored, other = blank()
    other.at(50, 50, 2, flip=True).box(5, -1, 10, 2, "#000000")
    assert np.nonzero(ink(mirrored))[1].max() <= 40


def test_colours_with_alpha_are_blended() -> None:
    picture, brush = blank(10)
    brush.box(0, 0, 10, 10, (0, 0, 0, 128))
    assert 120 < pixels(picture)[5, 5, 0] < 135


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE.keys())
def test_everybody_blinks_speaks_and_turns(person: Person) -> None:
    def shot(mood: Mood) -> NDArray[np.int64]:
        picture = Image.new("RGB", (240, 260), "#88aacc")
        portrait(Brush(picture, 1.0).at(120, 110), person, mood)
        return pixels(picture)

    calm = shot(Mood())
    changes = [
        Mood(blink=1),
        Mood(mouth="open"),
        Mood(mouth="gasp"),
        Mood(mouth="grin"),
        Mood(mouth="sad"),
        Mood(yaw=0.8),
    ]
    for mood in (*changes, Mood(gaze=(1, 0)), Mood(wind=1), Mood(tilt=8), Mood(brow=1)):
        assert (shot(mood) != calm).any(axis=-1).sum() > 25, mood


@pytest.mark.parametrize("pose", [walking, running, standing, waving])
def test_bodies_move(pose: object) -> None:
    assert callable(pose)

    def shot(t: float, *, back: bool = False) -> NDArray[np.int64]:
        picture = Image.new("RGB", (200, 200), "#88aacc")
        figure(Brush(picture, 1.5).at(66, 120), cast.NAGI, pose(t), Mood(), back=back)
        return pixels(picture)

    assert (shot(0.1) != shot(0.3)).any()
    assert (shot(0.1) != shot(0.1, back=True)).any()


def test_eyes_close_now_and_then() -> None:
    closed = [blinking(Mood(), t / 24).blink > 0.75 for t in range(24 * 6)]
    assert 0 < sum(closed) < len(closed) / 6


def test_a_bare_head_has_no_hair() -> None:
    picture, brush = blank(200)
    head(brush.at(100, 100), replace(cast.NAGI.look, style="none"), Mood())
    assert not (pixels(picture) == rgb(cast.NAGI.look.hair)).all(axis=-1).any()
    head(brush.at(100, 100), replace(cast.NAGI.look, style="twin"), Mood())
    assert (pixels(picture) == rgb(cast.NAGI.look.hair)).all(axis=-1).any()


def test_the_camera_never_looks_beyond_the_canvas() -> None:
    canvas = KIT.canvas("#336699", w=800, h=400)
    for x, y, zoom in ((-500, -500, 1), (5000, 5000, 1.5), (400, 200, 0.9), (320, 180, 1)):
        seen = KIT.shoot(canvas, x, y, zoom)
        assert seen.size == (160, 90)
        assert (pixels(seen) == rgb("#336699")).all()


def test_zooming_in_enlarges() -> None:
    canvas = KIT.canvas("#ffffff")
    KIT.brush(canvas).box(WIDTH / 2 - 40, HEIGHT / 2 - 40, 80, 80, "#000000")
    assert ink(KIT.shoot(canvas, zoom=2)).sum() > 3 * ink(KIT.shoot(canvas)).sum()


def test_chance_is_the_same_each_time_and_different_for_each_name() -> None:
    assert (KIT.chance("a").random(5) == KIT.chance("a").random(5)).all()
    assert (KIT.chance("a").random(5) != KIT.chance("b").random(5)).any()
    assert (KIT.chance("a").random(5) != replace(KIT, seed="other").chance("a").random(5)).any()


def test_easing_is_flat_outside_its_time() -> None:
    assert [ease(t, 1, 2) for t in (0, 1, 1.5, 2, 9)] == [0, 0, 0.5, 1, 1]
    assert [ease(t, 3, 2) for t in (2.9, 3.1)] == [0, 1]
    assert lerp(2, 4, 0.25) == 2.5
    assert pulse(0.25, 1, 3, 5) == pytest.approx(5)


def test_light_is_added_and_cut_at_the_borders() -> None:
    picture = Image.new("RGB", (100, 60), "#202020")
    for x, y in ((50, 30), (-10, -10), (105, 70), (500, 500)):
        light.glow(picture, x, y, 30, "#ff8000")
    assert pixels(picture)[30, 50, 0] > 200
    assert pixels(picture)[2, 97, 0] == 32
    assert pixels(picture).min() >= 31


def test_pictures_can_be_faded_tinted_darkened_and_softened() -> None:
    picture = Image.new("RGB", (64, 36), "#808080")
    assert pixels(light.fade(picture, "#000000", 1)).max() == 0
    assert (pixels(light.fade(picture, "#000000", 0)) == 128).all()
    assert tuple(pixels(light.tint(picture, "#ff0000"))[0, 0]) == (128, 0, 0)
    dark = pixels(light.vignette(picture))
    assert dark[0, 0, 0] < dark[18, 32, 0]


def test_things_in_the_air_come_in_again_on_the_other_side() -> None:
    for t in (0.0, 3.0, 100.0):
        places = weather.drift(KIT.chance(), 50, t, (-300, 500))
        assert ((places >= -40) & (places <= (680, 400))).all()
    moved = [weather.drift(KIT.chance(), 50, t, (-30, 50)) for t in (1.0, 1.1)]
    assert (moved[0] != moved[1]).all()


@pytest.mark.parametrize("fall", [weather.rain, weather.snow])
def test_rain_and_snow_are_seen(fall: object) -> None:
    assert callable(fall)
    picture = KIT.canvas("#102040")
    fall(KIT.brush(picture), KIT.chance(), 1.0)
    assert (pixels(picture) != rgb("#102040")).any()
