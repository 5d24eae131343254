# SPDX-License-Identifier: Apache-2.0
"""One decoded frame to the picture a viewer sees: right colours, one field, square pixels, upright, small, opaque.

- Colour: the matrix and range that the frame names; BT.709 for unnamed pictures above standard definition, else
  BT.601. PQ, HLG and BT.2020 become BT.709 (`_tone`).
- Interlaced frames: the upper field alone. A sampled frame has no neighbours to deinterlace with, weaving would comb,
  and a field of 1080 lines holds more than 512 of them.
- Transparency: over white, as browsers show it; black would swallow line art, which is black on nothing.
- Scaling: area averaging with exact rounding, so that the same file gives the same pixels on every processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import Interpolation, VideoReformatter

from kyodaku.media._tone import to_standard_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kyodaku.media._tone import Transfer

__all__ = ["UPRIGHT", "Orientation", "Painter", "hdr_of", "orientation_of", "sane_aspect"]

SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
WIDEST_ASPECT = 8.0  # a pixel eight times as wide as high is a broken header, not a format

# ITU-T H.273 code points
MATRIX_BT709, MATRIX_BT601, MATRIX_BT2020 = 1, 6, 9
MATRICES_KNOWN_TO_SCALER = frozenset({0, 1, 4, 5, 6, 7, 9})
MATRICES_OF_BT2020 = frozenset({9, 10, 13, 14, 15})
PRIMARIES_UNNAMED = 2
PRIMARIES_BT2020 = 9
TRANSFER_PQ, TRANSFER_HLG = 16, 18
STANDARD_DEFINITION = (1024, 576)


@dataclass(frozen=True, kw_only=True, slots=True)
class Orientation:
    """How to turn a stored picture upright: first swap the axes, then reverse columns or rows."""

    swap: bool = False
    flip_columns: bool = False
    flip_rows: bool = False

    @property
    def rotation(self) -> Literal[0, 90, 180, 270]:
        """Clockwise degrees, after the mirroring of columns if `mirrored`."""
        if self.swap:
            return 90 if self.flip_columns else 270
        return 180 if self.flip_rows else 0

    @property
    def mirrored(self) -> bool:
        """Whether turning alone is not enough."""
        return self.swap ^ self.flip_columns ^ self.flip_rows

    def turn(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture upright: a view."""
        if self.swap:
            pixels = pixels.transpose(1, 0, 2)
        return pixels[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]


UPRIGHT = Orientation()
QUARTER_TURNS = (  # clockwise
    UPRIGHT,
    Orientation(swap=True, flip_columns=True),
    Orientation(flip_columns=True, flip_rows=True),
    Orientation(swap=True, flip_rows=True),
)


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """What the frame's display matrix asks for, to the nearest quarter turn."""
    try:
        matrix = np.frombuffer(cast("Mapping[str, bytes]", frame.side_data)["DISPLAYMATRIX"], np.int32)
    except KeyError:
        return UPRIGHT
    except ValueError:  # PyAV 18 cannot list side data of which one item is newer than itself
        return QUARTER_TURNS[round(-frame.rotation / 90) % 4]
    a, b, _, c, d = (int(value) for value in matrix[:5])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(flip_columns=a < 0, flip_rows=d < 0)
    return Orientation(swap=True, flip_columns=c < 0, flip_rows=b < 0)


def hdr_of(frame: av.VideoFrame) -> Literal["pq", "hlg"] | None:
    """Which high-dynamic-range transfer the frame is coded with, if any."""
    if frame.color_trc == TRANSFER_PQ:
        return "pq"
    return "hlg" if frame.color_trc == TRANSFER_HLG else None


def sane_aspect(aspect: float | None) -> float:
    """A pixel's width by its height; 1 where it is not named or beyond belief."""
    return aspect if aspect and 1 / WIDEST_ASPECT <= aspect <= WIDEST_ASPECT else 1.0


class Painter:
    """Paints frames of one film; keeps the scalers set up between them."""

    def __init__(self, max_side: int) -> None:
        self.max_side = max_side
        self._scaler = VideoReformatter()
        self._alpha_scaler = VideoReformatter()
        self._fields: dict[tuple[int, int, str], Graph] = {}

    def paint(
        self, frame: av.VideoFrame, *, aspect: float = 1.0, orientation: Orientation | None = None
    ) -> NDArray[np.uint8]:
        """The picture as uint8 (h, w, 3), contiguous; `orientation` overrides the frame's own."""
        orientation = orientation_of(frame) if orientation is None else orientation
        size = self._size(frame.width, frame.height, aspect)
        _name_matrix(frame)
        if frame.interlaced_frame and frame.height > 1:
            frame = self._upper_field(frame)
        transfer: Transfer = hdr_of(frame) or "sdr"
        wide = _has_wide_gamut(frame)
        if transfer != "sdr" or wide:
            deep = self._scale(frame, size, "rgb48le")
            pixels = to_standard_range(_plane(deep, np.uint16, 3), transfer, wide_gamut=wide)
        elif _has_alpha(frame):
            pixels = self._over_white(frame, size)
        else:
            pixels = _plane(self._scale(frame, size, "rgb24"), np.uint8, 3)
        return np.ascontiguousarray(orientation.turn(pixels))

    def _size(self, width: int, height: int, aspect: float) -> tuple[int, int]:
        """Width and height with square pixels, within max_side; no axis grows."""
        across, down = width * min(1.0, aspect), height / max(1.0, aspect)
        share = min(1.0, self.max_side / max(across, down))
        return max(1, round(across * share)), max(1, round(down * share))

    def _scale(self, frame: av.VideoFrame, size: tuple[int, int], pixel_format: str) -> av.VideoFrame:
        return self._scaler.reformat(frame, *size, pixel_format, interpolation=SCALING, threads=1)

    def _over_white(self, frame: av.VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Blend before scaling: what lies under full transparency is arbitrary and must not bleed into edges."""
        pixels = _plane(self._scale(frame, size, "rgba"), np.uint8, 4)
        if pixels[..., 3].min() == 255:
            return pixels[..., :3]
        whole = self._alpha_scaler.reformat(frame, format="rgba", interpolation=SCALING, threads=1)
        pixels = _plane(whole, np.uint8, 4)
        colour, alpha = pixels[..., :3], pixels[..., 3:].astype(np.uint16)
        opaque = ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
        return _plane(self._scale(av.VideoFrame.from_ndarray(opaque, "rgb24"), size, "rgb24"), np.uint8, 3)

    def _upper_field(self, frame: av.VideoFrame) -> av.VideoFrame:
        key = (frame.width, frame.height, frame.format.name)
        if key not in self._fields:
            self._fields = {key: _field_graph(frame)}  # one film seldom changes size: the last is enough
        graph = self._fields[key]
        graph.vpush(frame)
        field = graph.vpull()
        field.colorspace, field.color_range = frame.colorspace, frame.color_range
        field.color_trc, field.color_primaries = frame.color_trc, frame.color_primaries
        return field


def _field_graph(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base="1/1000000",
        colorspace=str(frame.colorspace),
        range=str(frame.color_range),
    )
    graph.link_nodes(source, graph.add("field", "top"), graph.add("buffersink")).configure()
    return graph


def _name_matrix(frame: av.VideoFrame) -> None:
    """Give the frame a colour matrix that the scaler knows: its own, or the customary one for its size."""
    if frame.format.is_rgb or (frame.colorspace != 0 and frame.colorspace in MATRICES_KNOWN_TO_SCALER):
        return
    width, height = STANDARD_DEFINITION
    if frame.colorspace in MATRICES_OF_BT2020 or hdr_of(frame) or frame.color_primaries == PRIMARIES_BT2020:
        frame.colorspace = MATRIX_BT2020
    elif frame.width > width or frame.height > height:
        frame.colorspace = MATRIX_BT709
    else:
        frame.colorspace = MATRIX_BT601


def _has_wide_gamut(frame: av.VideoFrame) -> bool:
    if frame.color_primaries == PRIMARIES_UNNAMED:
        return hdr_of(frame) is not None
    return frame.color_primaries == PRIMARIES_BT2020


def _has_alpha(frame: av.VideoFrame) -> bool:
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)


def _plane(frame: av.VideoFrame, dtype: type[np.uint8 | np.uint16], channels: int) -> NDArray[Any]:
    """The frame's only plane as an array (h, w, channels): a view without the padding of its rows."""
    plane = frame.planes[0]
    item = np.dtype(dtype)
    values: NDArray[Any] = np.frombuffer(memoryview(plane), item, count=plane.line_size // item.itemsize * frame.height)
    return values.reshape(frame.height, -1)[:, : frame.width * channels].reshape(frame.height, frame.width, channels)
