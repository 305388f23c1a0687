"""Writes a language model of random weights that llama.cpp loads: nonsense, but counted as any model's words are."""

import sys

import gguf
import numpy

EMBEDDING, HEADS, LAYERS, FEED_FORWARD, CONTEXT = 64, 4, 2, 128, 2048
SPECIAL = [b"<unk>", b"<s>", b"</s>"]


def vocabulary():
    """Special tokens, one for each byte, and one for each pair of a space and a letter."""
    token = gguf.TokenType
    tokens = [(text, token.UNKNOWN if text == b"<unk>" else token.CONTROL) for text in SPECIAL]
    tokens += [(b"<0x%02X>" % byte, token.BYTE) for byte in range(256)]
    tokens += [("\u2581".encode() + bytes([letter]), token.NORMAL) for letter in b"abcdefghijklmnopqrstuvwxyz"]
    return tokens


def write(path):
    generator = numpy.random.default_rng(7)
    tokens = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny-random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([-float(index) for index in range(len(tokens))])
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)

    def add(name, *shape):
        writer.add_tensor(f"{name}.weight", generator.normal(0, 0.05, shape).astype(numpy.float32))

    def add_ones(name):
        writer.add_tensor(f"{name}.weight", numpy.ones(EMBEDDING, dtype=numpy.float32))

    add("token_embd", len(tokens), EMBEDDING)
    add_ones("output_norm")
    add("output", len(tokens), EMBEDDING)
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{name}", EMBEDDING, EMBEDDING)
        add(f"blk.{layer}.ffn_gate", FEED_FORWARD, EMBEDDING)
        add(f"blk.{layer}.ffn_up", FEED_FORWARD, EMBEDDING)
        add(f"blk.{layer}.ffn_down", EMBEDDING, FEED_FORWARD)
        add_ones(f"blk.{layer}.attn_norm")
        add_ones(f"blk.{layer}.ffn_norm")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
