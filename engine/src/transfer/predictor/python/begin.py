"""Classify texts with a model trained by warmstart; needs only numpy:   python load.py "a warm film" "two dull hours"
In Python: `from load import CLASSES, probabilities`. Words are split at spaces and punctuation. Scripts without spaces
(Chinese, Japanese, Thai, Lao, Khmer, Burmese) and emoji are not split as in warmstart: pass a list of words to `logits`."""
import json, math, pathlib, re, sys, unicodedata
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = json.loads((HERE / "config.json").read_text("utf-8"))
CLASSES, TEMPERATURE, TEXT = CONFIG["classes"], CONFIG.get("temperature") or 1.0, CONFIG["model"]["Text"]
HEAD = next(iter(TEXT["head"].values())) if isinstance(TEXT["head"], dict) else {}
WORDS = {word: number for number, word in enumerate(json.loads((HERE / "vocabulary.json").read_text("utf-8")))}

def tensors(name):
    raw, kinds = (HERE / name).read_bytes(), {"F16": "<f2", "F32": "<f4", "F64": "<f8", "U32": "<u4"}
    at = 8 + int.from_bytes(raw[:8], "little")
    read = lambda t: np.frombuffer(raw, kinds[t["dtype"]], math.prod(t["shape"]), at + t["data_offsets"][0]).reshape(t["shape"])
    return {key: read(t) for key, t in json.loads(raw[8:at]).items() if key != "__metadata__"}
W = tensors("model.safetensors")
