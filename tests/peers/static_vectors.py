"""Compares the vectors of texts that model2vec gives with a folder of static vectors with those of this program.

    python static_vectors.py FOLDER SAID TOLERANCE

SAID is JSON: the texts, the tokens of each, and the vector of each (scaled to length 1; zeros if it has no token).
"""
import json
import sys

import numpy as np
from model2vec import StaticModel

folder, said, tolerance = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")), float(sys.argv[3])
model = StaticModel.from_pretrained(folder)
vectors = model.encode(said["texts"]).astype("f8")
worst = np.abs(vectors - np.array(said["vectors"])).max()
assert worst < tolerance, f"{folder}: vectors differ by {worst}"
for text, tokens, vector in zip(said["texts"], said["tokens"], vectors):
    own = model.tokenizer.encode(text, add_special_tokens=False).tokens
    own = [token for token in own if token != "[UNK]"]
    assert own == tokens, f"{folder}, {text}: {own} and not {tokens}"
    assert len(tokens) == 0 or abs(np.linalg.norm(vector) - 1) < 0.01, text
print(f"{folder}: {len(model.tokens)} tokens, {len(vectors)} texts, at most {worst:.1e} apart")
