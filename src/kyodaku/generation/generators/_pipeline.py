# SPDX-License-Identifier: Apache-2.0
"""The child that holds a `diffusers` pipeline: one request a line on stdin, one report a line on stdout.

A pipeline takes minutes to load and may take the machine's memory or crash its driver. So it lives in a process of its
own, which can be ended when it hangs, and whose death costs one job a try.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, TextIO

__all__ = ["main"]

_OWN: Final = frozenset({"fps", "dtype", "device", "seed"})
"""Options that are ours, not the pipeline's."""


class _NotServed(Exception):  # noqa: N818 - what is done with the request
    """The pipeline cannot do what was asked; in words for the caller."""


def main() -> int:
    """Load the pipeline named on the command line, then serve until stdin ends."""
    reports = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no report
    source, options = sys.argv[1], json.loads(sys.argv[2])
    try:
        pipeline = _load(source, options)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to say it
        _report(reports, loaded=False, error=f"{type(error).__name__}: {error}"[:2000])
        return 1
    _report(reports, loaded=True)
    requests = _requests()
    while True:
        request = json.loads(requests.get())
        tell = partial(_report, reports, ticket=request["ticket"])
        try:
            _make(pipeline, request, options, tell)
        except _NotServed as error:
            tell(error=str(error), is_ours=True)
        except Exception as error:  # noqa: BLE001 - a request that fails costs itself only
            tell(error=f"{type(error).__name__}: {error}"[:2000])
        else:
            tell(percent=100, done=True)


def _requests() -> SimpleQueue[str]:
    """The lines of stdin as they come; when it ends, so does the process, in the middle of a video too.

    Nobody would fetch it: who asked for it has been killed, and the next one needs the machine's memory.
    """
    lines: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _load(source: str, options: Mapping[str, Any]) -> Any:
    """The pipeline, from safetensors only: other weight files can run code when they are read."""
    import torch  # noqa: PLC0415 - heavy, and only here
    from diffusers import DiffusionPipeline  # noqa: PLC0415

    dtype = getattr(torch, str(options.get("dtype", "float32")))
    load: Any = DiffusionPipeline.from_pretrained  # which has no annotations
    pipeline = load(source, use_safetensors=True, trust_remote_code=False, dtype=dtype)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(options.get("device") or ("cuda" if torch.cuda.is_available() else "cpu"))


def _make(pipeline: Any, request: Mapping[str, Any], options: Mapping[str, Any], tell: Callable[..., None]) -> None:
    fps = float(options.get("fps", 16))
    frames = pipeline(**_arguments(pipeline, request, options, fps, tell)).frames[0]
    _write(frames, Path(request["out"]), fps)


def _arguments(
    pipeline: Any, request: Mapping[str, Any], options: Mapping[str, Any], fps: float, tell: Callable[..., None]
) -> dict[str, Any]:
    """What of all this the pipeline takes; a request that it cannot serve in full is an error, never half served."""
    import torch  # noqa: PLC0415

    takes = inspect.signature(pipeline.__call__).parameters
    width, height = (int(side) // 16 * 16 for side in request["size"].split("x"))
    steps = int(options.get("num_inference_steps", 50))

    def step_ended(_pipeline: Any, number: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        tell(percent=min(99, 100 * (number + 1) // steps))
        return kept

    given = {
        "prompt": request["prompt"],
        "negative_prompt": request.get("negative_prompt"),
        "image": _picture(request.get("image"), (width, height)),
        "width": width,
        "height": height,
        "num_frames": 4 * round(float(request["seconds"]) * fps / 4) + 1,  # the sizes that video autoencoders take
        "num_inference_steps": steps,
        "generator": torch.Generator().manual_seed(int(options.get("seed", request["seed"]))),
        "callback_on_step_end": step_ended,
        "output_type": "np",
        **{name: value for name, value in options.items() if name not in _OWN},
    }
    if given["image"] is not None and "image" not in takes:
        raise _NotServed("this pipeline takes no reference picture")
    return {name: value for name, value in given.items() if name in takes and value is not None}


def _picture(path: str | None, size: tuple[int, int]) -> Any:
    if path is None:
        return None
    from PIL import Image  # noqa: PLC0415

    with Image.open(path) as picture:  # a PNG that the gate drew itself (`redrawing`)
        return picture.convert("RGB").resize(size)


def _write(frames: Any, out: Path, fps: float) -> None:
    """H.264 of frames (count, height, width, 3) with values from 0 to 1; the file is there whole or not at all."""
    import av  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from kyodaku.edits import write_film  # noqa: PLC0415

    pixels = (np.clip(np.nan_to_num(np.asarray(frames)), 0, 1) * 255).round().astype(np.uint8)
    height, width = (side // 2 * 2 for side in pixels.shape[1:3])
    pictures = (
        av.VideoFrame.from_ndarray(frame[:height, :width], "rgb24").reformat(format="yuv420p") for frame in pixels
    )
    draft = out.with_suffix(".draft.mp4")
    write_film(draft, pictures, (width, height), Fraction(fps).limit_denominator(1001), crf=18, preset="veryfast")
    draft.replace(out)


def _report(reports: TextIO, **fields: Any) -> None:
    reports.write(json.dumps(fields) + "\n")
    reports.flush()


if __name__ == "__main__":
    sys.exit(main())
