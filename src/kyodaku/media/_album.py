# SPDX-License-Identifier: Apache-2.0
"""Pictures that Pillow reads better than FFmpeg: JPEG, WebP (animated too) and AVIF."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import av
import numpy as np
from PIL import AvifImagePlugin, ExifTags, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin

from kyodaku.media._fault import Fault, reason
from kyodaku.media._film import Shot
from kyodaku.media._picture import Orientation
from kyodaku.media._records import MediaInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from PIL.ImageFile import ImageFile

    from kyodaku.media._records import Limits

__all__ = ["Album"]

READERS: dict[str, Callable[[BinaryIO], ImageFile]] = {
    "AVIF": AvifImagePlugin.AvifImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
}
_ = TiffImagePlugin  # Pillow imports it late, to read EXIF; in the sandbox that would be too late

# EXIF 2.32, tag 274: which corner of the scene the first stored pixel is
ORIENTATIONS = {
    2: Orientation(flip_columns=True),
    3: Orientation(flip_columns=True, flip_rows=True),
    4: Orientation(flip_rows=True),
    5: Orientation(swap=True),
    6: Orientation(swap=True, flip_columns=True),
    7: Orientation(swap=True, flip_columns=True, flip_rows=True),
    8: Orientation(swap=True, flip_rows=True),
}
FALLBACK_FRAME_S = 0.1  # what browsers show for a frame without a duration


class Album:
    """One picture file; the same face as `Film`, as far as it goes."""

    aspect = 1.0

    def __init__(
        self,
        file: BinaryIO,
        kind: str,
        limits: Limits,
        *,
        beat: Callable[[], None],
        small: int | None = None,
    ) -> None:
        self.limits = limits
        self.bad = self.decoded = 0
        self.packets = 2  # unlike a film's, the kind is known from the start
        self.truncated = False
        self.end_s = 0.0
        self._beat = beat
        self._image = _read(kind, file)
        self._frames = int(getattr(self._image, "n_frames", 1))
        self._refuse_excess()
        if small is not None:
            self._image.draft("RGB", (small, small))  # JPEG alone: decodes at 1/2, 1/4 or 1/8
        self.orientation = self._orientation()
        self.info = MediaInfo(
            container=kind.lower(),
            codec={"AVIF": "av1", "JPEG": "mjpeg", "WEBP": "webp"}[kind],
            width=self._stored[0],
            height=self._stored[1],
            duration_s=0.0 if self._frames == 1 else None,
            fps=None,
            rotation=self.orientation.rotation,
            mirrored=self.orientation.mirrored,
            kind="image" if self._frames == 1 else "animation",
        )

    def close(self) -> None:
        """Free what Pillow holds."""
        self._image.close()

    def shots(self, *, keys_only: bool = False, grid_fps: float | None = None) -> Iterator[Shot]:
        """Every frame, each with its time; each stands alone, so there is nothing to pass over."""
        del keys_only, grid_fps
        for index in range(self._frames):
            self._beat()
            try:
                self._image.seek(index)
                frame = self._picture()
            except MemoryError:
                raise
            except Exception as error:
                if not self.decoded:
                    raise Fault("corrupt", f"no frame decodes: {reason(error)}") from error
                self.bad, self.truncated = self.bad + 1, True
                return
            start = self.end_s
            lasts = float(self._image.info.get("duration", 0)) / 1000 or FALLBACK_FRAME_S
            self.end_s = start + lasts if self._frames > 1 else 0.0
            self.decoded += 1
            if self.end_s > self.limits.max_duration_s:
                raise Fault("too_large", f"longer than {self.limits.max_duration_s:g} seconds")
            yield Shot(frame=frame, time_s=start, end_s=start + lasts)

    def count_bad(self, error: Exception) -> None:
        """One more frame that could not be made into a picture."""
        del error
        self.bad += 1

    def _picture(self) -> av.VideoFrame:
        image = self._image
        clear = image.has_transparency_data
        return av.VideoFrame.from_ndarray(
            np.asarray(image.convert("RGBA" if clear else "RGB")), "rgba" if clear else "rgb24"
        )

    def _refuse_excess(self) -> None:
        self._stored = width, height = self._image.size
        if width * height > self.limits.max_pixels:
            raise Fault("too_large", f"{width}x{height} is more than {self.limits.max_pixels} pixels")
        if self._frames > self.limits.max_frames:
            raise Fault("too_large", f"{self._frames} frames is more than {self.limits.max_frames}")

    def _orientation(self) -> Orientation:
        try:
            with warnings.catch_warnings(action="ignore"):
                return ORIENTATIONS.get(self._image.getexif().get(ExifTags.Base.Orientation, 1), Orientation())
        except Exception:  # noqa: BLE001 - damaged EXIF in a sound picture; Pillow raises what its parser meets
            return Orientation()


def _read(kind: str, file: BinaryIO) -> ImageFile:
    try:
        with warnings.catch_warnings(action="ignore"):  # "Corrupt EXIF data": a matter between camera and picture
            return READERS[kind](file)
    except MemoryError:
        raise
    except Exception as error:  # Pillow's readers raise SyntaxError, OSError, ValueError, struct.error, ...
        raise Fault("corrupt", f"cannot be opened: {reason(error)}") from error
