# SPDX-License-Identifier: Apache-2.0
"""From a trained network to files that others use: the ONNX graph, its card, and a bank of strangers.

The graph is put together node by node from the weights, so that the same weights are the same bytes with every version
of PyTorch; batch normalisation is folded into the convolutions before it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from kyodaku.copies.onnx import load_onnx_descriptor
from kyodaku.descriptor_training.checkpoint import Plan
from kyodaku.descriptor_training.network import DIMS, LEAST, QUIET, Block, FrameNetwork
from kyodaku.descriptor_training.strangers import stranger
from kyodaku.descriptor_training.views import INPUT

__all__ = ["BACKGROUND", "NAME", "VERSION", "background", "write_card", "write_onnx"]

NAME: Final = "kyodaku-frame"
VERSION: Final = 1
BACKGROUND: Final = 2_048  # strangers in the bank; with 1,024 plain films are less alike to them than to each other

_OPSET: Final = 17
_IR: Final = 8  # of ONNX 1.12, which first had this opset

Float = NDArray[np.float32]


class _Graph:
    """Nodes and weights in the order in which they are added; `last` is the newest value."""

    def __init__(self, start: str) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.last = start

    def weight(self, values: Float | float) -> str:
        """A constant's name."""
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def then(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and name what it gives; without `inputs` it takes the newest value."""
        self.last, taken = f"v{len(self.nodes)}", inputs or (self.last,)
        self.nodes.append(helper.make_node(kind, taken, [self.last], **attributes))
        return self.last

    def convolve(self, layer: nn.Module, norm: nn.Module, *, activate: bool) -> str:
        """A convolution with the normalisation that follows it folded in."""
        assert isinstance(layer, nn.Conv2d)
        weight, bias = _folded(layer, cast("nn.BatchNorm2d", norm))
        (kernel, _), (stride, _), padding = layer.kernel_size, layer.stride, cast("tuple[int, int]", layer.padding)[0]
        self.then(
            "Conv", self.last, self.weight(weight), self.weight(bias),
            kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4,
        )  # fmt: skip
        return self.then("Relu") if activate else self.last


def _folded(layer: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Float, Float]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    with torch.no_grad():
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight = layer.weight.double() * scale[:, None, None, None]
        bias = norm.bias.double() - norm.running_mean.double() * scale
    return weight.float().numpy(), bias.float().numpy()


def write_onnx(network: FrameNetwork, path: Path) -> None:
    """Write the network as ONNX: `pictures` as `(n, 3, 128, 128)` floats, RGB of 0..255, to `(n, DIMS)` of length 1."""
    graph = _Graph("pictures")
    _normalise(graph)
    graph.convolve(network.stem[0], network.stem[1], activate=True)
    for block in network.body:
        _block(graph, cast("Block", block))
    _pool_and_describe(graph, network)
    inside = helper.make_graph(
        [*graph.nodes, helper.make_node("Identity", [graph.last], ["described"])],
        f"{NAME}-v{VERSION}",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, INPUT, INPUT])],
        [helper.make_tensor_value_info("described", TensorProto.FLOAT, ["n", DIMS])],
        graph.weights,
    )
    model = helper.make_model(inside, producer_name="kyodaku", opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _normalise(graph: _Graph) -> None:
    """Each picture's own brightness and contrast are taken out."""
    mean = graph.then("ReduceMean", "pictures", axes=[1, 2, 3], keepdims=1)
    centred = graph.then("Sub", "pictures", mean)
    graph.then("Mul", centred, centred)
    graph.then("ReduceMean", axes=[1, 2, 3], keepdims=1)
    graph.then("Sqrt")
    contrast = graph.then("Add", graph.last, graph.weight(QUIET))
    graph.then("Div", centred, contrast)


def _block(graph: _Graph, block: Block) -> None:
    start = graph.last
    graph.convolve(block.first, block.first_norm, activate=True)
    inner = graph.convolve(block.second, block.second_norm, activate=False)
    graph.last = start
    if isinstance(block.around, nn.Sequential):
        smaller, layer, norm = block.around
        if isinstance(smaller, nn.AvgPool2d):
            graph.then("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
        graph.convolve(layer, norm, activate=False)
    graph.then("Add", inner, graph.last)
    graph.then("Relu")


def _pool_and_describe(graph: _Graph, network: FrameNetwork) -> None:
    power = float(network.power.detach().clamp(1.0, 8.0))
    graph.then("Max", graph.last, graph.weight(LEAST))
    graph.then("Pow", graph.last, graph.weight(power))
    graph.then("GlobalAveragePool")
    graph.then("Pow", graph.last, graph.weight(1 / power))
    graph.then("Flatten")
    head = (graph.weight(network.head.weight.detach().numpy()), graph.weight(network.head.bias.detach().numpy()))
    described = graph.then("Gemm", graph.last, *head, transB=1)
    graph.then("ReduceL2", axes=[1], keepdims=1)
    length = graph.then("Max", graph.last, graph.weight(1e-12))
    graph.then("Div", described, length)


def background(card: Path, plan: Plan, count: int = BACKGROUND) -> NDArray[np.int8]:
    """The finer form of drawn pictures that were not trained on, `(count, DIMS)`, as the product describes frames.

    They are the first `stranger`s of the seed after the run's: what a frame has in common with the most alike of them
    says nothing of what it was copied from (`kyodaku.copies.background`).
    """
    described = load_onnx_descriptor(card).describe([stranger(plan.seed + 1, number) for number in range(count)])
    assert described.fine is not None
    return described.fine


def write_card(
    path: Path,
    network: Path,
    *,
    plan: Plan,
    step: int,
    commit: str = "",
    history: str = "",
    strangers: Path | None = None,
) -> None:
    """Write the card that `kyodaku.copies.onnx` reads, for a network, and a bank of strangers, that lie beside it.

    `history` says what a plan cannot: where the run was stopped, and what it was resumed with.
    """
    card: dict[str, Any] = {
        "name": NAME,
        "version": VERSION,
        "file": network.name,
        "sha256": _sha256(network),
        "input_size": [INPUT, INPUT],
        "channels": "rgb",
        "layout": "nchw",
        "resize": "bilinear",
        "output_dims": DIMS,
        "bits": DIMS,
        "fine_dims": DIMS,
        "mirror_tolerant": True,
        **({"background": {"file": strangers.name, "sha256": _sha256(strangers)}} if strangers else {}),
        "licence": "Apache-2.0",
        "training": _statement(plan, step, commit, history),
    }
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _statement(plan: Plan, step: int, commit: str, history: str) -> str:
    seen = step * 2 * plan.batch * plan.processes
    return (
        "Trained only on pictures drawn by kyodaku.descriptor_training; no photograph, film, font or drawing of "
        f"others. {plan.pictures:,} pictures, {seen:,} views ({step:,} of {plan.steps:,} steps). "
        f"Command: {_command(plan)}. {history}{' ' * bool(history)}"
        f"Code: {commit or 'not stated'}. Background: strangers 0 to {BACKGROUND - 1:,} of seed {plan.seed + 1}, "
        "not trained on."
    )


def _command(plan: Plan) -> str:
    """The command line that makes this run; what is as usual is left out."""
    usual = {field.name: field.default for field in dataclasses.fields(plan)}
    said = {name: value for name, value in dataclasses.asdict(plan).items() if value != usual[name]}
    return " ".join(["kyodaku-train-descriptor", *(f"--{name} {value}" for name, value in said.items()), "--out DIR"])
