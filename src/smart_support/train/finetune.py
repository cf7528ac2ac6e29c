"""Fine-tunes the encoder for triage and for "same incident" at once; needs torch (extra `train`).

Each step draws a batch of tickets, augmented, for three heads on their traits (`Encoder.traits`):

    category     cross-entropy with smoothed labels
    levels       cumulative logits P(level > k), binary cross-entropy (ordinal regression; McCullagh 1980)
    sentiment    squared error of tanh

and every other step a batch of texts in groups, for a supervised contrastive loss (Khosla et al., 2020): reports of one
incident attract each other, look-alikes and other incidents are pushed away.

All the while the vectors are held near those that the network gave before training (distillation), so that they stay of
use for categories that nobody has thought of yet: what triage asks goes into the state of the first token.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from smart_support.domain.triage import Text
from smart_support.train.augment import augment
from smart_support.train.corpus import Authored, Incident
from smart_support.train.network import Network
from smart_support.triage import features
from smart_support.triage.transformer import LEVELS

SCALE = 8.0
"""Logits are this times a head's output on the traits."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. Rates are those of AdamW's first steps after warm-up; they fall to zero in a straight line."""

    epochs: int = 6
    batch: int = 32
    encoder_rate: float = 1e-4
    head_rate: float = 3e-3
    warm_up: float = 0.06
    smoothing: float = 0.05
    level_weight: float = 1.5
    sentiment_weight: float = 0.5
    distillation_weight: float = 6.0
    contrast_weight: float = 0.5
    contrast_temperature: float = 0.1
    contrast_groups: int = 12
    most_tokens: int = 96
    seed: int = 0


Progress = Callable[[int, int, str], None]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heads:
    """Linear heads on the traits, with the scale in them: weight [2 * d, outputs] and bias [outputs] by name."""

    weight: Mapping[str, Array]
    bias: Mapping[str, Array]


class _Model(nn.Module):
    def __init__(self, network: Network, labels: int) -> None:
        super().__init__()
        self.network = network
        width = network.words.embedding_dim
        self.category = nn.Linear(2 * width, labels)
        self.levels = nn.Linear(2 * width, LEVELS)
        self.sentiment = nn.Linear(2 * width, 1)
        for head in self.heads.values():
            nn.init.normal_(head.weight, 0.0, 0.02)
            nn.init.zeros_(head.bias)

    @property
    def heads(self) -> dict[str, nn.Linear]:
        return {"category": self.category, "levels": self.levels, "sentiment": self.sentiment}


def finetune(
    network: Network,
    tokenizer: Tokenizer,
    tickets: Sequence[Authored],
    labels: Sequence[str],
    groups: Sequence[Incident],
    plan: Plan,
    progress: Progress | None = None,
) -> Heads:
    """Trains `network` in place and returns its heads. The same input on the same machine gives the same weights.

    `groups` hold the texts that belong together, with those that only look so.
    """
    torch.manual_seed(plan.seed)
    chance = random.Random(plan.seed)  # noqa: S311 - training must be repeatable
    model = _Model(network, len(labels))
    read = _Reader(tokenizer, plan.most_tokens)
    before = _Before(network, read, [*(_said(ticket) for ticket in tickets), *_texts(groups)])
    batches = len(range(0, len(tickets), plan.batch))
    optimizer, schedule = _optimizer(model, plan, plan.epochs * batches)
    step = 0
    for epoch in range(plan.epochs):
        for batch in _batches(tickets, plan.batch, chance):
            model.train()
            loss = _triage_loss(model, read, before, batch, labels, plan, chance)
            if groups and step % 2 == 0:
                loss = loss + _contrast_loss(model, read, before, groups, plan, chance)
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            step += 1
            if progress is not None:
                progress(step, plan.epochs * batches, f"epoch {epoch + 1}, loss {loss.item():.3f}")
    network.eval()
    return _heads(model)


class _Reader:
    """Texts to padded ids and masks."""

    def __init__(self, tokenizer: Tokenizer, most: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(most)

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        rows = [found.ids for found in self._tokenizer.encode_batch(list(texts))]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = torch.tensor(row)
            mask[place, : len(row)] = 1
        return ids, mask


class _Before:
    """The vectors of texts before training."""

    def __init__(self, network: Network, read: _Reader, texts: Sequence[str]) -> None:
        self._place = {text: place for place, text in enumerate(sorted(set(texts), key=lambda text: (len(text), text)))}
        network.eval()
        said = list(self._place)
        with torch.no_grad():
            chunks = [said[start : start + 64] for start in range(0, len(said), 64)]
            self._vectors = torch.cat([_vectors(_traits(network, read, chunk)) for chunk in chunks])

    def distance(self, texts: Sequence[str], vectors: Tensor) -> Tensor:
        """The mean cosine distance of `vectors` to what they were."""
        old = self._vectors[[self._place[text] for text in texts]]
        return (1.0 - (old * vectors).sum(dim=1)).mean()


def _batches(tickets: Sequence[Authored], size: int, chance: random.Random) -> Iterator[list[Authored]]:
    """All tickets once, in batches of about one length, the batches in random order."""
    shuffled = chance.sample(list(tickets), len(tickets))
    batches = []
    for start in range(0, len(shuffled), 8 * size):
        near = sorted(shuffled[start : start + 8 * size], key=lambda ticket: len(features.read(ticket.text)))
        batches += [near[place : place + size] for place in range(0, len(near), size)]
    yield from chance.sample(batches, len(batches))


def _said(ticket: Authored) -> str:
    return features.read(ticket.text)


def _texts(groups: Sequence[Incident]) -> Iterator[str]:
    for group in groups:
        yield from (*group.reports, *group.look_alikes)


def _traits(network: Network, read: _Reader, texts: Sequence[str]) -> Tensor:
    ids, mask = read(texts)
    with torch.autocast("cpu", torch.bfloat16):
        traits: Tensor = network(ids, mask)
    return traits


def _vectors(traits: Tensor) -> Tensor:
    return traits[:, : traits.shape[1] // 2]


def _triage_loss(
    model: _Model,
    read: _Reader,
    before: _Before,
    batch: Sequence[Authored],
    labels: Sequence[str],
    plan: Plan,
    chance: random.Random,
) -> Tensor:
    said = [features.read(Text("", augment(ticket.text, ticket.language, chance))) for ticket in batch]
    traits = _traits(model.network, read, said)
    loss = plan.distillation_weight * before.distance([_said(ticket) for ticket in batch], _vectors(traits))
    target = torch.tensor([labels.index(ticket.category) for ticket in batch])
    loss = loss + functional.cross_entropy(model.category(traits) * SCALE, target, label_smoothing=plan.smoothing)
    above = torch.tensor([[float(ticket.level > level) for level in range(LEVELS)] for ticket in batch])
    loss = loss + plan.level_weight * functional.binary_cross_entropy_with_logits(model.levels(traits) * SCALE, above)
    felt = torch.tensor([float("nan") if ticket.sentiment is None else ticket.sentiment for ticket in batch])
    known = ~felt.isnan()
    if known.any():
        sentiment = torch.tanh(model.sentiment(traits)[known, 0] * SCALE)
        loss = loss + plan.sentiment_weight * functional.mse_loss(sentiment, felt[known])
    return loss


def _contrast_loss(
    model: _Model, read: _Reader, before: _Before, groups: Sequence[Incident], plan: Plan, chance: random.Random
) -> Tensor:
    texts: list[str] = []
    owners: list[int] = []
    still: list[int] = []
    for owner, group in enumerate(chance.sample(list(groups), min(plan.contrast_groups, len(groups)))):
        chosen = chance.sample(group.reports, min(4, len(group.reports)))
        near = chance.sample(group.look_alikes, min(2, len(group.look_alikes)))
        # A look-alike belongs to nothing: an owner of its own.
        if not near:
            still += range(len(texts), len(texts) + len(chosen))
        owners += [owner] * len(chosen) + [-1 - len(texts) - place for place in range(len(near))]
        texts += [*chosen, *near]
    vectors = _vectors(_traits(model.network, read, texts))
    likeness = vectors @ vectors.T / plan.contrast_temperature
    itself = torch.eye(len(texts), dtype=torch.bool)
    likeness = likeness.masked_fill(itself, -1e9)
    owner_of = torch.tensor(owners)
    same = (owner_of[:, None] == owner_of[None, :]) & ~itself
    log_share = likeness - torch.logsumexp(likeness, dim=1, keepdim=True)
    has = same.any(dim=1)
    contrast = -((log_share * same).sum(dim=1)[has] / same.sum(dim=1)[has]).mean()
    if not still:
        return plan.contrast_weight * contrast
    # Reports of incidents have to move; general queries stay where they are.
    held = before.distance([texts[place] for place in still], vectors[still])
    return plan.contrast_weight * contrast + plan.distillation_weight * held


def _optimizer(model: _Model, plan: Plan, steps: int) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    heads = [parameter for head in model.heads.values() for parameter in head.parameters()]
    optimizer = torch.optim.AdamW(
        [
            {"params": model.network.parameters(), "lr": plan.encoder_rate},
            {"params": heads, "lr": plan.head_rate},
        ],
        weight_decay=0.01,
        fused=True,
    )

    def rate(step: int) -> float:
        return min((step + 1) / max(1.0, plan.warm_up * steps), 1.0) * max(0.02, 1.0 - step / steps)

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def _heads(model: _Model) -> Heads:
    def array(tensor: Tensor) -> Array:
        return np.asarray(tensor.detach().numpy(), dtype=np.float64) * SCALE

    return Heads(
        {name: array(head.weight.T) for name, head in model.heads.items()},
        {name: array(head.bias) for name, head in model.heads.items()},
    )
