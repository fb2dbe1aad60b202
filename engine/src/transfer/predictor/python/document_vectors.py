
def logits(words):
    """A linear classifier of the document vector, which pools the vectors of the words that have one."""
    kind, weights, dim = HEAD["vectors"], W["words.weight"], W["embedding.weight"].shape[1]
    weigh = lambda word: weights[WORDS[word]] if WORDS.get(word, len(weights)) < len(weights) else W["words.unseen"][0]
    found = [(v, weigh(word)) for word, v in ((word, vector(word)) for word in words) if v is not None]
    x, by = np.array([v for v, _ in found], float).reshape(-1, dim), np.array([weight for _, weight in found], float)
    mean = by @ x / max(by.sum() if kind == "TfIdfMean" else len(x), 1e-30)
    if "common" in W: mean = mean - mean @ W["common"] * W["common"].astype(float)
    if HEAD.get("unit_means"): mean = mean / max(np.linalg.norm(mean), 1e-30)
    most = x.max(0) if len(x) else np.zeros(dim)
    row = {"Max": most, "MeanMax": np.concatenate([mean, most])}.get(kind, mean)
    return scores(row @ W["head.weight"] + W["head.bias"])
