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

MARKS = "".join(c for c in map(chr, range(0x300, 0x1E000)) if unicodedata.category(c)[0] == "M") + "\u200c\u200d"
def tokens(text):
    text = unicodedata.normalize("NFC", text if TEXT["tokens"] == "Whitespace" else text.lower()).replace("\u00ad", "")
    if TEXT["tokens"] == "Words": text = re.sub("<br ?/?>", " ", text).replace("’", "'")
    words = rf"[^\W\d_]+?(?=n't)|n't|'(?:s|re|ve|ll|d|m)(?!\w)|[^\W_](?:[^\W_]|[{MARKS}])*"  # do n't, it 's
    found, joined = re.findall({"Words": words, "Whitespace": r"\S+"}.get(TEXT["tokens"], rf"\S[{MARKS}]*"), text), []
    while found:  # joins the longest phrase that is in the vocabulary: new_york
        n = next((n for n in (4, 3, 2) if TEXT["phrases"] and n <= len(found) and "_".join(found[:n]) in WORDS), 1)
        joined, found = joined + ["_".join(found[:n])], found[n:]
    return joined

def ids(words):  # the ids that the ONNX file reads: 0 for an unknown word, else its index in vocabulary.json plus 1
    return [WORDS.get(word, -1) + 1 for word in words]
