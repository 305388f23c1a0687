"""Make the gradients that Learning's tests compare fine-tuning with, by PyTorch and PyPI's `transformers`.

    pip install torch==2.15.0 transformers==5.23.0
    python3 Tests/Tools/finetune_goldens.py  # writes Tests/Fixtures/encoders/NAME/gradients.json

The loss is a weighted sum of the texts' mean or first vectors. Of each gradient there are its sum, its sum of squares, and
its product with a ramp of -3 to 3 that begins anew every 7 values: enough to tell any two of them apart.
"""

import json
from pathlib import Path

import torch
from transformers import AutoModel, PreTrainedTokenizerFast

FIXTURES = Path(__file__).parents[1] / "Fixtures/encoders"
TEXTS = ["Prove that there are many primes", "def add(a, b): return", "fox"]


def ramp(count):
    return torch.arange(count) % 7 - 3.0


def gradients(name, pooling):
    folder = FIXTURES / name
    options = {"attn_implementation": "eager", "dtype": torch.float32}
    model = AutoModel.from_pretrained(folder, **options).eval()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    rows = []
    for text in TEXTS:
        hidden = model(torch.tensor([tokenizer(text)["input_ids"]])).last_hidden_state[0]
        rows.append(hidden.mean(0) if pooling == "mean" else hidden[0])
    output = torch.stack(rows)
    (output * ramp(output.numel()).view_as(output)).sum().backward()
    found = {}
    for key, parameter in model.named_parameters():
        if parameter.grad is not None and "pooler" not in key:
            gradient = parameter.grad.flatten().double()
            found[key] = [gradient.sum().item(), gradient.square().sum().item(), (gradient * ramp(len(gradient))).sum().item()]
    return {"texts": TEXTS, "pooling": pooling, "output": output.flatten().tolist(), "gradients": found}


CASES = [("bert", "mean"), ("distilbert-labels", "mean"), ("roberta-labels", "first"), ("modernbert-labels", "mean")]
for name, pooling in CASES:
    text = json.dumps(gradients(name, pooling), indent=0)
    (FIXTURES / name / "gradients.json").write_text(text + "\n")
