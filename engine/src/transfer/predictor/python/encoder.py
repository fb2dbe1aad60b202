
import tokenizers  # this model reads the tokens of tokenizer.json: pip install tokenizers
E, READING, OUTPUT = HEAD["encoder"], HEAD["reading"], HEAD["output"]
TOKENISER = tokenizers.Tokenizer.from_file(str(HERE / "tokenizer.json"))
TOKENISER.no_padding(), TOKENISER.enable_truncation(READING["longest"])
B = {name: t.astype(float) for name, t in (tensors("encoder.safetensors") if HEAD["head"] == "Linear" else W).items()}
if HEAD["head"] != "Linear":  # the layers on the encoder have the names that they have in other models
    W.update({name[5:]: t for name, t in W.items() if name.startswith("head.")})
    HEAD["body"] = {"Head": HEAD["head"]["Trained"]}
def tokens(text):  # ids, special tokens included
    text = READING["prefix"] + text
    return TOKENISER.encode(text.lower() if READING["lower_case"] else text).ids

erf = np.vectorize(math.erf, otypes=[float])
ACTIVATION = {
    "Gelu": lambda x: x * 0.5 * (1 + erf(x / math.sqrt(2))),
    "GeluTanh": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "QuickGelu": lambda x: x / (1 + np.exp(-1.702 * x)),
    "Relu": lambda x: np.maximum(x, 0),
    "Silu": lambda x: x / (1 + np.exp(-x)),
}[E["layer"]["activation"]]
def linear(x, name): return x @ B[name + ".weight"].T + B[name + ".bias"]
def norm(x, name):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + E["layer"]["epsilon"]) * B[name + ".weight"] + B[name + ".bias"]
def bias(length):  # MPNet's relative position bias (heads, length, length)
    if not E["relative"]: return 0.0
    by, half = np.arange(length)[None] - np.arange(length)[:, None], E["relative"]["buckets"] // 2
    size, exact = np.abs(by), half // 2
    far = np.log(np.maximum(size, 1).astype("f4") / np.float32(exact)) / np.float32(math.log(128 / exact)) * np.float32(half - exact)
    bucket = np.where(size < exact, size, np.minimum(exact + np.maximum(far, 0).astype(int), half - 1)) + half * (by > 0)
    return B["encoder.relative_attention_bias.weight"][bucket].transpose(2, 0, 1)
def token_states(found):
    counted, at = E["family"] in ("Roberta", "MpNet"), np.arange(len(found))
    if counted:  # positions begin after the padding id
        real = np.array(found) != E["padding"]
        at = np.where(real, np.cumsum(real) + E["padding"], E["padding"])
    x = B["embeddings.word_embeddings.weight"][found] + B["embeddings.position_embeddings.weight"][at]
    if E["segments"]: x = x + B["embeddings.token_type_embeddings.weight"][0]
    x, heads = norm(x, "embeddings.LayerNorm"), E["layer"]["attention"]["heads"]
    split = lambda x: x.reshape(len(found), heads, -1).transpose(1, 0, 2)
    for place in range(E["layers"]):
        name = f"encoder.layer.{place}."
        q, k, v = (split(linear(x, f"{name}attention.self.{part}")) for part in ("query", "key", "value"))
        z = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[2]) + bias(len(found))
        p = np.exp(z - z.max(-1, keepdims=True))
        mixed = (p / p.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(found), -1)
        x = norm(x + linear(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
        inner = ACTIVATION(linear(x, name + "intermediate.dense"))
        x = norm(x + linear(inner, name + "output.dense"), name + "output.LayerNorm")
    return x
def vector(found):
    x = token_states(found)
    by = np.arange(1, len(x) + 1)[:, None]
    pooled = {"Cls": x[0], "Max": x.max(0), "Mean": x.mean(0), "MeanSqrtLength": x.sum(0) / math.sqrt(len(x)),
              "WeightedMean": (x * by).sum(0) / by.sum(), "LastToken": x[-1]}
    row = np.concatenate([pooled[kind] for kind in OUTPUT["poolings"]])
    return row / max(np.linalg.norm(row), 1e-12) if OUTPUT["normalise"] else row
