"""BERT in torch, for fine-tuning: the network whose weights `train.export` writes; needs torch (extra `train`)."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from smart_support.train.export import EPSILON, HEADS

DROPOUT = 0.1

_EMBEDDINGS = ("word_embeddings", "position_embeddings", "token_type_embeddings")
_QKV = ("query", "key", "value")


class Layer(nn.Module):
    """One transformer layer, normalised after each half as BERT has it."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.context = nn.Linear(width, width)
        self.context_norm = nn.LayerNorm(width, eps=EPSILON)
        self.widen = nn.Linear(width, inner)
        self.narrow = nn.Linear(inner, width)
        self.narrow_norm = nn.LayerNorm(width, eps=EPSILON)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        texts, tokens, width = state.shape
        parts = self.qkv(state).view(texts, tokens, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        dropout = DROPOUT if self.training else 0.0
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
        context = self.context(context.transpose(1, 2).reshape(texts, tokens, width))
        state = self.context_norm(state + self.dropout(context))
        inner = functional.gelu(self.widen(state))
        normed: Tensor = self.narrow_norm(state + self.dropout(self.narrow(inner)))
        return normed


class Network(nn.Module):
    """The encoder: token ids and mask [texts, tokens] to traits [texts, 2 * width], as `Encoder.traits` has them."""

    def __init__(self, layers: int, width: int, inner: int, words: int, places: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.places = nn.Embedding(places, width)
        self.types = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.layers = nn.ModuleList(Layer(width, inner) for _ in range(layers))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        embedded = self.words(ids) + self.places.weight[: ids.shape[1]] + self.types.weight[0]
        state = self.dropout(self.norm(embedded))
        seen = mask[:, None, None, :].bool()
        for layer in self.layers:
            state = layer(state, seen)
        real = mask[..., None].to(state.dtype)
        pooled = (state * real).sum(dim=1) / real.sum(dim=1)
        parts = (functional.normalize(part.float(), dim=1) for part in (pooled, state[:, 0]))
        return torch.cat(tuple(parts), dim=1)


def read_weights(file: Path) -> Network:
    """The network with the weights of a safetensors file, under Hugging Face's names."""
    weights = load_file(file)
    layers = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
    words, width = weights["embeddings.word_embeddings.weight"].shape
    places = len(weights["embeddings.position_embeddings.weight"])
    inner = len(weights["encoder.layer.0.intermediate.dense.bias"])
    network = Network(layers, width, inner, words, places)
    network.load_state_dict(
        {ours: torch.cat([weights[name] for name in theirs]) for ours, theirs in _names(network).items()}
    )
    return network


def named_weights(network: Network) -> dict[str, npt.NDArray[np.float32]]:
    """The weights under Hugging Face's names."""
    state = network.state_dict()
    return {
        name: part.detach().numpy()
        for ours, theirs in _names(network).items()
        for name, part in zip(theirs, state[ours].float().chunk(len(theirs)), strict=True)
    }


def _names(network: Network) -> dict[str, tuple[str, ...]]:
    """Each of our names with Hugging Face's: several where we keep one matrix for them."""
    found: dict[str, tuple[str, ...]] = {
        f"{ours}.weight": (f"embeddings.{theirs}.weight",)
        for ours, theirs in zip(("words", "places", "types"), _EMBEDDINGS, strict=True)
    }
    modules: dict[str, tuple[str, ...]] = {"norm": ("embeddings.LayerNorm",)}
    for place in range(len(network.layers)):
        theirs = f"encoder.layer.{place}"
        modules |= {
            f"layers.{place}.qkv": tuple(f"{theirs}.attention.self.{part}" for part in _QKV),
            f"layers.{place}.context": (f"{theirs}.attention.output.dense",),
            f"layers.{place}.context_norm": (f"{theirs}.attention.output.LayerNorm",),
            f"layers.{place}.widen": (f"{theirs}.intermediate.dense",),
            f"layers.{place}.narrow": (f"{theirs}.output.dense",),
            f"layers.{place}.narrow_norm": (f"{theirs}.output.LayerNorm",),
        }
    for ours, names in modules.items():
        for part in ("weight", "bias"):
            found[f"{ours}.{part}"] = tuple(f"{name}.{part}" for name in names)
    return found
