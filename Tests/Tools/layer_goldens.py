"""Make the values that Neural's tests compare its layers, losses and optimiser with, by PyTorch's autograd.

    pip install torch==2.15.0 safetensors==0.8.0
    python3 Tests/Tools/layer_goldens.py  # writes Tests/Fixtures/neural/layers.safetensors

Of each case: the input, the parameters, the output, a gradient of the output, and what that gives for the rest.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

FILE = Path(__file__).parents[1] / "Fixtures/neural/layers.safetensors"
tensors = {}


def keep(name, tensor):
    tensors[name] = torch.atleast_2d(tensor.detach()).clone().contiguous()


def layer(name, module, x, run=None):
    x = x.clone().requires_grad_()
    y = run(module, x) if run else module(x)
    dy = torch.randn_like(y)
    for key, value in [("input", x), ("output", y), ("gradient", dy)]:
        keep(f"{name}/{key}", value)
    for key, value in module.named_parameters():
        keep(f"{name}/{key}", value)
    y.backward(dy)
    keep(f"{name}/input.gradient", x.grad)
    for key, value in module.named_parameters():
        keep(f"{name}/{key}.gradient", value.grad)


def randomized(module):
    for value in module.parameters():
        nn.init.normal_(value, std=0.7)
    return module


class Attention(nn.Module):
    """Two texts of three and five tokens, one below the other, in two heads."""

    def __init__(self, hidden=8, heads=2):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(hidden, hidden) for _ in range(4))

    def forward(self, x):
        parts = [
            torch.nn.functional.scaled_dot_product_attention(
                *(p(t).view(len(t), self.heads, -1).transpose(0, 1) for p in (self.query, self.key, self.value))
            ).transpose(0, 1).reshape(len(t), -1)
            for t in x.split([3, 5])
        ]
        return self.output(torch.cat(parts))


def layers():
    x = torch.randn(8, 8)
    layer("linear", randomized(nn.Linear(8, 5)), x)
    layer("relu", nn.ReLU(), x)
    layer("gelu", nn.GELU(), 3 * x)
    layer("tanh", nn.Tanh(), x)
    layer("layer_norm", randomized(nn.LayerNorm(8, eps=1e-12)), 3 * x + 1)
    norm = randomized(nn.BatchNorm1d(8))
    layer("batch_norm", norm, 3 * x + 1)
    keep("batch_norm/running_mean", norm.running_mean)
    keep("batch_norm/running_var", norm.running_var)
    norm.eval()
    layer("batch_norm_used", norm, 2 * x)
    layer("attention", randomized(Attention()), x)


def loss(name, values, compute):
    values = values.clone().requires_grad_()
    value = compute(values)
    value.backward()
    for key, tensor in [("input", values), ("value", value), ("gradient", values.grad)]:
        keep(f"{name}/{key}", tensor)


def inter_intra(x, labels, margin=2.0):
    """The report's formulas; a margin of 2 so that some pairs of classes are within it and others are not."""
    classes = labels.unique()
    centroids = [x[labels == c].mean(0) for c in classes]
    intra = torch.stack([(x[labels == c] - m).norm(dim=1).mean() for c, m in zip(classes, centroids)]).mean()
    pairs = [(i, j) for i in range(len(classes)) for j in range(i + 1, len(classes))]
    inter = torch.stack([(margin - (centroids[i] - centroids[j]).norm()).clamp(min=0) for i, j in pairs]).mean()
    return 0.5 * inter + 2 * intra


def losses():
    logits, labels = 2 * torch.randn(6, 4), torch.tensor([0, 3, 1, 1, 2, 0])
    cross_entropy = nn.functional.cross_entropy
    loss("cross_entropy", logits, lambda z: cross_entropy(z, labels))

    def smoothed(z, epsilon=0.1):
        targets = torch.full_like(z, epsilon / 3).scatter(1, labels[:, None], 1 - epsilon)
        return cross_entropy(z, targets)

    def focal(z, gamma=2.0, alpha=0.5):
        p = z.softmax(1).gather(1, labels[:, None]).squeeze(1)
        return (alpha * (1 - p) ** gamma * -p.log()).mean()

    loss("label_smoothing", logits, smoothed)
    loss("focal", logits, focal)
    targets = torch.rand(6, 4)
    keep("binary/targets", targets)
    loss("binary", logits, lambda z: nn.functional.binary_cross_entropy_with_logits(z, targets))
    loss("squares", logits, lambda z: nn.functional.mse_loss(z, targets))
    loss("inter_intra", torch.randn(9, 3), lambda x: inter_intra(x, torch.tensor([0, 1, 2, 0, 1, 2, 0, 0, 3])))

    def load_balance(gates):
        importance = gates.mean(0)
        return importance.var(correction=0) / importance.mean() ** 2

    loss("load_balance", torch.randn(6, 4).softmax(1), load_balance)


def optimiser(steps=6):
    weight, bias = nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(1, 4))
    keep("adamw/weight", weight)
    keep("adamw/bias", bias)
    groups = [{"params": [weight], "weight_decay": 0.1}, {"params": [bias], "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=0.05)
    for step in range(steps):
        gradients = 2 * torch.randn(3, 4), 2 * torch.randn(1, 4)
        for parameter, name, gradient in zip((weight, bias), ("weight", "bias"), gradients):
            keep(f"adamw/{name}.gradient{step}", gradient)
            parameter.grad = gradient.clone()
        nn.utils.clip_grad_norm_([weight, bias], 1.5)
        adamw.step()
    keep("adamw/weight.after", weight)
    keep("adamw/bias.after", bias)


torch.manual_seed(1)
layers()
losses()
optimiser()
FILE.parent.mkdir(exist_ok=True)
save_file(tensors, FILE)
