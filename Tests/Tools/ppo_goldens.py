"""Make the values that the tests of proximal policy optimisation compare with, by PyTorch's autograd and its Adam.

    pip install torch==2.15.0 safetensors==0.8.0
    python3 Tests/Tools/ppo_goldens.py  # writes Tests/Fixtures/neural/ppo.safetensors

Two networks of 6 inputs, 8 hidden units and 4 choices; a batch of 16 steps, some beyond the clip range on either side; and
all weights after one update: gradients clipped to a norm of 0.5, Adam with a rate of 3e-3 and an epsilon of 1e-5.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

FILE = Path(__file__).parents[1] / "Fixtures/neural/ppo.safetensors"
CLIP, ENTROPY, VALUE = 0.2, 0.01, 0.5
tensors = {}


def keep(name, tensor):
    tensors[name] = torch.atleast_2d(tensor.detach().float()).clone().contiguous()


def stack(outputs):
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, outputs))


torch.manual_seed(4)
actor, critic = stack(4), stack(1)
parameters = [*actor.parameters(), *critic.parameters()]
for parameter in parameters:
    nn.init.normal_(parameter, std=0.7)
observations = torch.randn(16, 6)
actions = torch.randint(0, 4, (16,))
advantages, returns = torch.randn(16), torch.randn(16)
logits, values = actor(observations), critic(observations)
logits.retain_grad()
values.retain_grad()
policy = torch.distributions.Categorical(logits=logits)
old = policy.log_prob(actions).detach() + 0.4 * torch.randn(16)
for name, tensor in [
    ("observations", observations), ("actions", actions), ("advantages", advantages), ("returns", returns),
    ("old", old), ("logits", logits), ("values", values),
]:  # fmt: skip
    keep(name, tensor)
for name, network in [("actor", actor), ("critic", critic)]:
    for index, layer in enumerate([network[0], network[2]]):
        keep(f"before/{name}.{index}.weight", layer.weight)
        keep(f"before/{name}.{index}.bias", layer.bias)

ratio = torch.exp(policy.log_prob(actions) - old)
choice = -torch.min(advantages * ratio, advantages * torch.clamp(ratio, 1 - CLIP, 1 + CLIP)).mean()
loss = choice - ENTROPY * policy.entropy().mean() + VALUE * nn.functional.mse_loss(values.flatten(), returns)
optimiser = torch.optim.Adam(parameters, lr=3e-3, eps=1e-5)
loss.backward()
keep("loss", loss)
keep("entropy", policy.entropy().mean())
keep("clip_share", ((ratio - 1).abs() > CLIP).float().mean())
keep("logits.gradient", logits.grad)
keep("values.gradient", values.grad)
nn.utils.clip_grad_norm_(parameters, 0.5)
optimiser.step()
for name, network in [("actor", actor), ("critic", critic)]:
    for index, layer in enumerate([network[0], network[2]]):
        keep(f"after/{name}.{index}.weight", layer.weight)
        keep(f"after/{name}.{index}.bias", layer.bias)
save_file(tensors, FILE)
