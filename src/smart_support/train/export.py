"""A BERT encoder as an ONNX graph, in fp32 or with 8-bit weights; needs onnx (extra `train`).

Weights have the names that Hugging Face gives them (`embeddings.word_embeddings.weight`, `encoder.layer.0...`).
Attention, layer norm and GELU are fused operators of ONNX Runtime, which run on every CPU that it supports.

In 8 bits every matrix is quantised in blocks of `BLOCK` weights with a scale each, symmetrically (MatMulNBits), and
word embeddings row by row. Activations are quantised at run time in the same blocks (accuracy level 4), each token by
itself: unlike with a scale for a whole batch, as dynamic quantisation has it, a vector does not depend on its batch
mates.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

BLOCK = 128
"""Weights that share a scale."""

HEADS = 12
EPSILON = 1e-12
"""Of BERT's layer norms."""

_CONTRIB = "com.microsoft"
_OPSET, _IR = 17, 9

Array = npt.NDArray[np.floating]


def export(weights: Mapping[str, Array], *, quantised: bool) -> bytes:
    """The encoder with inputs `input_ids` and `attention_mask`, int64 [texts, tokens], and the output
    `last_hidden_state`, float32 [texts, tokens, d]. Raises KeyError where a weight is missing."""
    return _Graph(weights, quantised).serialize()


class _Graph:
    """The graph as it grows; each method adds nodes and returns the name of what they make."""

    def __init__(self, weights: Mapping[str, Array], quantised: bool) -> None:
        self._weights = weights
        self._quantised = quantised
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._width = weights["embeddings.word_embeddings.weight"].shape[1]
        state = self._embed()
        mask = self._add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
        layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}
        for layer in range(len(layers)):
            state = self._layer(state, mask, f"encoder.layer.{layer}")
        self._add("Identity", [state], "last_hidden_state")

    def serialize(self) -> bytes:
        ids, mask = (
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask")
        )
        states = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", self._width])
        graph = helper.make_graph(self._nodes, "encoder", [ids, mask], [states], self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        model: ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=_IR)
        content: bytes = model.SerializeToString(deterministic=True)
        return content

    def _embed(self) -> str:
        words = self._float("embeddings.word_embeddings.weight")
        if self._quantised:
            scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9) / 127
            small = self._add("Gather", [self._constant("words", np.rint(words / scale).astype(np.int8)), "input_ids"])
            scales = self._add("Gather", [self._constant("words.scale", scale.astype(np.float32)), "input_ids"])
            state = self._add("Mul", [self._add("Cast", [small], to=TensorProto.FLOAT), scales])
        else:
            state = self._add("Gather", [self._constant("words", words), "input_ids"])
        # Triage reads single texts: all tokens are of type 0.
        places = (
            self._float("embeddings.position_embeddings.weight")
            + self._float("embeddings.token_type_embeddings.weight")[0]
        )
        zero, one, two = (self._constant(f"axis{n}", np.array([n], dtype=np.int64)) for n in range(3))
        length = self._add("Slice", [self._add("Shape", ["input_ids"]), one, two])
        place = self._add("Slice", [self._constant("places", places), zero, length])
        norm = self._norm("embeddings.LayerNorm")
        return self._add("LayerNormalization", [self._add("Add", [state, place]), *norm], axis=-1, epsilon=EPSILON)

    def _layer(self, state: str, mask: str, name: str) -> str:
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._float(f"{part}.weight") for part in parts])
        bias = np.concatenate([self._float(f"{part}.bias") for part in parts])
        joint = self._linear(state, f"{name}.qkv", weight, bias)
        thirds = self._constant(f"{name}.thirds", np.full(3, self._width, dtype=np.int64))
        split = [f"{name}.{part}" for part in "qkv"]
        self._nodes.append(helper.make_node("Split", [joint, thirds], split, axis=-1))
        context = self._add("MultiHeadAttention", [*split, "", mask], domain=_CONTRIB, num_heads=HEADS)
        state = self._add_and_norm(self._dense(context, f"{name}.attention.output.dense"), state, f"{name}.attention")
        inner = self._add("Gelu", [self._dense(state, f"{name}.intermediate.dense")], domain=_CONTRIB)
        return self._add_and_norm(self._dense(inner, f"{name}.output.dense"), state, name)

    def _add_and_norm(self, added: str, state: str, name: str) -> str:
        inputs = [added, state, *self._norm(f"{name}.output.LayerNorm")]
        return self._add("SkipLayerNormalization", inputs, domain=_CONTRIB, epsilon=EPSILON)

    def _norm(self, name: str) -> list[str]:
        return [self._constant(f"{name}.{part}", self._float(f"{name}.{part}")) for part in ("weight", "bias")]

    def _dense(self, state: str, name: str) -> str:
        return self._linear(state, name, self._float(f"{name}.weight"), self._float(f"{name}.bias"))

    def _linear(self, state: str, name: str, weight: Array, bias: Array) -> str:
        """state @ weight.T + bias, with weight [outputs, inputs]."""
        added = self._constant(f"{name}.bias", bias)
        if not self._quantised:
            product = self._add("MatMul", [state, self._constant(f"{name}.weight", weight.T)])
            return self._add("Add", [product, added])
        outputs, inputs = weight.shape
        blocks = weight.reshape(outputs, inputs // BLOCK, BLOCK)
        scale = np.maximum(np.abs(blocks).max(axis=2), 1e-9) / 127
        # 128 is zero.
        whole = (np.rint(blocks / scale[..., None]) + 128).astype(np.uint8)
        constants = [self._constant(f"{name}.weight", whole), self._constant(f"{name}.scale", scale.ravel())]
        return self._add(
            "MatMulNBits",
            [state, *constants, "", "", added],
            domain=_CONTRIB,
            K=inputs,
            N=outputs,
            bits=8,
            block_size=BLOCK,
            accuracy_level=4,
        )

    def _float(self, name: str) -> Array:
        return self._weights[name].astype(np.float32)

    def _constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        if value.dtype == np.float64:
            value = value.astype(np.float32)
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _add(self, operator: str, inputs: list[str], output: str = "", domain: str = "", **attributes: Any) -> str:
        output = output or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output
